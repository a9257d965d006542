// Fits the item-response model of routing/mf_checkpoint.h: how easy a prompt is, and how much more
// it asks of able models.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "training/linear_algebra.h"
#include "training/response_rows.h"

namespace routellm::training {

// The two functions of the columns; the last entry of each is the constant. [columns + 1]
struct ResponseModel {
  Vector easiness;
  Vector discrimination;
};

// What the model is fitted on. All parts outlive the fit; `columns` is [columns + 1, queries] with
// a last row of 1.
struct ResponseData {
  const Matrix& columns;
  const std::vector<ResponseRow>& rows;
  const Strata& strata;
  AbilityScale scale;
};

// One Newton step from the model that knows abilities and the level of each stratum, for the
// queries with kept[query] != 0. A stratum counts by the square root of its queries. Its own levels
// of both functions are fitted along and forgotten, so that sources cannot teach that they are
// hard. `relative_penalties`: PromptMatrix's; `invariance`: the second moment of the changes that
// edits make to the columns, [columns + 1, columns + 1].
[[nodiscard]] ResponseModel FitResponseModel(const ResponseData& data, std::span<const char> kept,
                                             const Vector& relative_penalties,
                                             const Matrix& invariance);

}  // namespace routellm::training
