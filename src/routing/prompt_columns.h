// The inputs of the item-response model: the features of a prompt, standardised.
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "text/prompt_features.h"

namespace routellm::routing {

// Facts, function words and the mean word vector, in this order.
inline constexpr std::size_t kBaseColumns = text::PromptFeatures::kFacts +
                                            text::PromptFeatures::kFunctionWords +
                                            text::WordTable::kDimension;
using BaseValues = std::array<float, kBaseColumns>;

// The facts whose meaning is another for word problems and for LaTeX mathematics. Of word problems
// nothing but the length has been found to tell which model solves them.
inline constexpr std::array<std::size_t, 1> kWordProblemFacts{0};
inline constexpr std::array<std::size_t, 11> kLatexFacts{0, 1, 2, 4, 7, 8, 9, 10, 11, 12, 14};
inline constexpr std::size_t kWordProblemColumns = 1 + kWordProblemFacts.size();
inline constexpr std::size_t kLatexColumns = 1 + kLatexFacts.size();

// The base columns times 1 - w; then w and w times each of the word problem's facts; then l and l
// times each of those of LaTeX. w and l, in [0, 1], are how much the prompt is of either kind.
inline constexpr std::size_t kPromptColumns = kBaseColumns + kWordProblemColumns + kLatexColumns;
using PromptColumns = std::array<float, kPromptColumns>;

// Of the prompts that a model was trained on.
struct ColumnScale {
  static constexpr float kLimit = 4.0F;  // standardised values are cut to [-kLimit, kLimit]

  BaseValues means{};
  BaseValues deviations{};  // each > 0
};

[[nodiscard]] BaseValues ToBaseValues(const text::PromptFeatures& features);
[[nodiscard]] PromptColumns MakeColumns(const text::PromptFeatures& features,
                                        const ColumnScale& scale);

}  // namespace routellm::routing
