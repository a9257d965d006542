// White space as Unicode has it (the property White_Space). All functions are pure and thread-safe.
#pragma once

#include <string_view>

namespace routellm::embedding {

[[nodiscard]] bool IsWhiteSpace(char32_t code_point);

// `text` without white space at its beginning, or at its end.
[[nodiscard]] std::string_view StripLeft(std::string_view text);
[[nodiscard]] std::string_view StripRight(std::string_view text);

}  // namespace routellm::embedding
