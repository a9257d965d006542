// The question of a multiple-choice prompt.
#pragma once

#include <string_view>

namespace routellm::contamination {

// What stands before the options: before the first line that begins with "A.", "A)" or "(A)" and a
// space, if a later line begins so with B. Without options all of `prompt`.
[[nodiscard]] std::string_view Stem(std::string_view prompt);

}  // namespace routellm::contamination
