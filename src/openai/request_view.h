// What the gateway reads of a chat completion request, without changing it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"

namespace routellm::openai {

// Views into the body and into the parser that made it: valid until the parser's next call or the
// body's end.
struct RequestView {
  // `model`: its text, and where the JSON string with its quotes lies in the body. Absent: empty,
  // and begin == end.
  std::string_view model;
  std::size_t model_begin = 0;
  std::size_t model_end = 0;

  bool stream = false;

  bool has_messages = false;  // `messages` is an array with at least one element
  bool has_prompt = false;    // `prompt` is a string, of whatever length

  // The text to score: of the last message whose role is "user", its string or its text parts,
  // joined by line feeds; images and tool results are skipped. Without `messages`: the string
  // `prompt`. Cut, between characters, at the parser's limit. None: there is no such text, or it is
  // empty.
  std::optional<std::string_view> prompt;

  // `id`, as the JSON scalar it is; empty if absent. Not a field of the API: lists of prompts carry
  // it.
  std::string_view id;

  // `explain` is true. Not a field of the API either, and of any other type where a provider knows
  // one of that name.
  bool explain = false;
};

// Reads request bodies. Holds the memory that parsing needs and reuses it; not thread-safe.
class RequestParser {
 public:
  // This many bytes behind the body must be readable; their values do not matter.
  static constexpr std::size_t kPadding = 64;

  // `subject` is what errors call the body; a literal.
  explicit RequestParser(std::size_t max_prompt_bytes,
                         std::string_view subject = "the request body");
  ~RequestParser();
  RequestParser(RequestParser&&) noexcept;
  RequestParser& operator=(RequestParser&&) noexcept;

  // Checks that `body` is one JSON object (RFC 8259, valid UTF-8, at most 256 levels deep) and
  // reads the fields above. Fields that are not listed there may hold anything. Error
  // kInvalidRequest, with a public message, otherwise, and for a `model`, `stream`, `messages`, or
  // message of the wrong type, or a `model` or `messages` given twice.
  [[nodiscard]] Result<RequestView> Parse(std::string_view body);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// What a chat completion must have: a `model` and `messages`. Error kInvalidRequest.
[[nodiscard]] Result<void> RequireChat(const RequestView& request);

// What a decision must have: a `model`, and `messages` or a `prompt`. Error kInvalidRequest.
[[nodiscard]] Result<void> RequireRoutable(const RequestView& request);

}  // namespace routellm::openai
