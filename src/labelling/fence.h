// Texts of strangers inside a prompt.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace routellm::labelling {

// A word that occurs in none of `texts`, so that none of them can end a fence that is named by it.
// Depends on the texts alone.
[[nodiscard]] std::string FenceFor(std::span<const std::string_view> texts);

// "<NAME-FENCE>\nTEXT\n</NAME-FENCE>\n"
[[nodiscard]] std::string Fenced(std::string_view name, std::string_view fence,
                                 std::string_view text);

}  // namespace routellm::labelling
