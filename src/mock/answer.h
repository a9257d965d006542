// The bytes of an answer, piece by piece.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "mock/chat_request.h"
#include "mock/script.h"

namespace routellm::mock {

// A response as pieces that are sent one after the other; the deltas of a stream are made one at a
// time, so that an answer of any length needs little memory. Equal requests get equal bytes.
class Answer {
 public:
  // The answer of `model` to a chat completion request.
  [[nodiscard]] static Answer ToChat(const ChatRequest& request, std::string_view model);

  // A whole response with a JSON body.
  [[nodiscard]] static Answer Json(unsigned status, std::string_view body);

  // The next piece, valid until the next call; empty at the end.
  [[nodiscard]] std::string_view Next();

 private:
  Answer() = default;
  void PrepareStream(const ChatRequest& request, std::string_view model);

  std::vector<std::string> before_;
  std::string delta_;              // one delta, as sent
  std::size_t delta_text_at_ = 0;  // where its text lies
  std::size_t delta_text_bytes_ = 0;
  std::size_t deltas_ = 0;
  std::vector<std::string> after_;
  std::size_t next_ = 0;
};

// Bytes `first` to `first + bytes` of the text that every answer is cut from.
[[nodiscard]] std::string AnswerText(std::size_t first, std::size_t bytes);

// {"error": {"message": MESSAGE, "type": TYPE, "param": null, "code": null}}
[[nodiscard]] std::string ErrorBody(std::string_view message, std::string_view type);

}  // namespace routellm::mock
