// What the simulated server understands of a chat completion request.
#pragma once

#include <string>
#include <string_view>

#include "core/error.h"
#include "mock/options.h"
#include "mock/script.h"

namespace routellm::mock {

struct ChatRequest {
  Script script;
  std::string tool;  // the function to call; empty: answer with text
  std::size_t prompt_tokens = 0;
  bool stream = false;
  bool include_usage = false;
};

// Reads a request body. A tool is called when `tools` is not empty and `tool_choice` is not "none":
// the one that `tool_choice` names, else the first. Error kInvalidRequest for a body that is no
// JSON object or has no `messages`.
[[nodiscard]] Result<ChatRequest> ReadChatRequest(std::string_view body, const AnswerShape& shape);

}  // namespace routellm::mock
