// Errors as OpenAI's clients know them.
#pragma once

#include <string>
#include <string_view>

#include "core/error.h"

namespace routellm::openai {

// The status that OpenAI's API answers such a failure with.
[[nodiscard]] unsigned ToHttpStatus(ErrorCode code);

// The field `type` of the error object.
[[nodiscard]] std::string_view ToOpenAiType(ErrorCode code);

// {"error": {"message", "type", "param", "code"}} on one line; only the public message is shown.
[[nodiscard]] std::string ErrorBody(const Error& error);

}  // namespace routellm::openai
