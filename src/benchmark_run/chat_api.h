// OpenAI's chat completions as a client sees them: bodies of requests and answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "core/error.h"

namespace routellm::benchmark_run {

struct ChatSettings {
  std::string model;
  double temperature = 0.0;
  int max_tokens = 256;
  // A JSON merge patch (RFC 7396) that is applied to each body last: adds members, replaces them,
  // or removes them where it has null.
  nlohmann::json patch = nlohmann::json::object();
};

// The body that asks for the next message. `messages` is an array of {"role", "content"}.
[[nodiscard]] nlohmann::json ChatBody(const ChatSettings& settings, nlohmann::json messages);

// {"role": role, "content": content}
[[nodiscard]] nlohmann::json Message(std::string_view role, std::string_view content);

struct TokenUsage {
  std::uint64_t prompt = 0;
  std::uint64_t completion = 0;
  bool operator==(const TokenUsage&) const = default;
};

struct ChatReply {
  std::string text;                 // "" if the model said nothing
  std::string finish_reason;        // "stop", "length", ...; "" if not stated
  std::optional<TokenUsage> usage;  // nothing unless both numbers are stated
};

// Reads the body of an answer with status 200. Content may be a text, null, or an array of parts,
// of which the texts count. Error kInvalidData, without any text of the body, if it is no chat
// completion.
[[nodiscard]] Result<ChatReply> ParseChatReply(std::string_view body);

// What a server says about a refusal: the message of OpenAI's error object, else the beginning of
// the body, in one line of at most about 300 bytes.
[[nodiscard]] std::string RefusalMessage(std::string_view body);

// `text` without the reasoning that some servers leave in front of the answer: one leading
// <think>...</think> and the space around it. Reasoning that never ends leaves "".
[[nodiscard]] std::string_view VisibleAnswer(std::string_view text);

}  // namespace routellm::benchmark_run
