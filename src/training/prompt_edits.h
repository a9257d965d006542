// Changes to a prompt that should not change which model it needs.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace routellm::training {

// Sentences put before or after, lines of code, options or LaTeX put before, other case, lines
// joined. The training is told to give an edited prompt the score of the original.
inline constexpr std::size_t kPromptEdits = 28;

struct PromptEdit {
  std::string text;
  double weight = 1.0;  // how much it matters
};

// `edit` < kPromptEdits.
[[nodiscard]] PromptEdit EditPrompt(std::string_view prompt, std::size_t edit);

}  // namespace routellm::training
