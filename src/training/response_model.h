// Fits the item-response model of routing/mf_checkpoint.h: how easy a prompt is, and how much more
// it asks of able models.
#pragma once

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

// How strongly weights are drawn to 0, where a plain fact's relative penalty is 1. Chosen by
// leaving sources out (models/mf.md).
struct ResponsePenalties {
  static constexpr double kEasiness = 100.0;
  static constexpr double kDiscrimination = 10000.0;
  static constexpr double kStratumEasiness = 1000.0;
  static constexpr double kStratumDiscrimination = 10.0;
  static constexpr double kConstant = 0.01;
  static constexpr double kInvariance = 7500.0;
};

// A stratum's curvature sums to this much times the square root of its queries.
inline constexpr double kStratumWeight = 10.0;
// The least variance of a score that a row's curvature is taken from.
inline constexpr double kMinVariance = 0.03;

// What the model is fitted on. All parts outlive the fit; `columns` is [columns + 1, queries] with
// a last row of 1.
struct ResponseData {
  const Matrix& columns;
  const std::vector<ResponseRow>& rows;
  const Strata& strata;
  AbilityScale scale;
};

// A row counts by how many models it is the mean of, but not much more for very many.
[[nodiscard]] inline double RowWeight(const ResponseRow& row) {
  return 3.0 * row.count / (row.count + 2.0);
}

// The mean level of each stratum, on top of abilities, over all rows.
[[nodiscard]] std::vector<double> FitLevels(const ResponseData& data);

// One Newton step from the model that knows abilities and the level of each stratum, for the
// queries with kept[query] != 0. A stratum counts by the square root of its queries. Its own levels
// of both functions are fitted along and forgotten, so that sources cannot teach that they are
// hard. `relative_penalties`: PromptMatrix's; `invariance`: the second moment of the changes that
// edits make to the columns, [columns + 1, columns + 1].
[[nodiscard]] ResponseModel FitResponseModel(const ResponseData& data, std::span<const char> kept,
                                             const Vector& relative_penalties,
                                             const Matrix& invariance);

}  // namespace routellm::training
