// The features of all prompts of a data set, and their columns.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "routing/mf_checkpoint.h"
#include "routing/prompt_columns.h"
#include "text/prompt_features.h"
#include "text/word_vectors.h"
#include "training/linear_algebra.h"

namespace routellm::training {

// Of longer prompts, no more is looked at: what the gateway scores.
inline constexpr std::size_t kMaxPromptBytes = 32 * 1024;

// Of each prompt, on all cores.
[[nodiscard]] std::vector<text::PromptFeatures> ExtractAll(
    std::span<const std::string_view> prompts, const text::WordVectors& words);

// Means and deviations with one weight for each of `features`.
[[nodiscard]] routing::ColumnScale FitScale(std::span<const text::PromptFeatures> features,
                                            std::span<const double> weights);

// [kPromptColumns + 1, features]: the columns of each prompt, and a 1.
[[nodiscard]] Matrix ColumnsOf(std::span<const text::PromptFeatures> features,
                               const routing::ColumnScale& scale);

// How strongly the weights of the columns are drawn to 0, relative to those of a plain fact. One
// entry for each column and 0 for the constant.
[[nodiscard]] Vector RelativePenalties();

// weights[0 .. columns) and the constant at the end, as a linear function of so many columns.
[[nodiscard]] routing::LinearFunction ToLinearFunction(const Vector& weights, std::size_t columns);

}  // namespace routellm::training
