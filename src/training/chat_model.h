// Fits what people's votes say of a prompt: routing/mf_checkpoint.h's is_chat and preference.
#pragma once

#include <span>
#include <vector>

#include "data/dataset.h"
#include "training/linear_algebra.h"

namespace routellm::training {

// How much people prefer one model over another: Bradley-Terry (Bradley and Terry, 1952), ties as
// half a win each, with an own constant for each model in those votes that were drawn for its
// results. Of each of the data's models, by index.
[[nodiscard]] std::vector<double> FitVoteStrengths(const data::Dataset& dataset);

// Logistic regression of `is_chat` (0 or 1 by query) on the base columns; each query counts
// `weights[query]`, none where kept[query] is 0. [base columns + 1], the constant last.
[[nodiscard]] Vector FitIsChat(const Matrix& columns, std::span<const char> is_chat,
                               std::span<const char> kept, std::span<const double> weights,
                               const Vector& relative_penalties);

// How much more a prompt makes people prefer the stronger model than the mean prompt does: the
// factor of the difference of two models' vote strengths is 1 + the function of the base columns,
// of which this is the result, without a constant. [base columns]
[[nodiscard]] Vector FitPreference(const data::Dataset& dataset,
                                   std::span<const double> vote_strengths, const Matrix& columns,
                                   std::span<const char> kept, const Vector& relative_penalties,
                                   const Matrix& invariance);

}  // namespace routellm::training
