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

// The facts whose meaning is another for word problems and for LaTeX.
inline constexpr std::array<std::size_t, 11> kInteractingFacts{0, 1, 2, 4, 7, 8, 9, 10, 11, 12, 14};
inline constexpr std::size_t kKindColumns = 1 + kInteractingFacts.size();  // of each of two kinds

// The base columns; then for word problems and for LaTeX mathematics the kind k in [0, 1] and k
// times each of the interacting facts.
inline constexpr std::size_t kPromptColumns = kBaseColumns + 2 * kKindColumns;
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
