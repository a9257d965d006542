// Fits the cumulative logit model of routing/score_checkpoint.h.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "training/linear_algebra.h"
#include "training/ordinal_scores.h"

namespace routellm::training {

// One answer's score, known to lie within [low, high].
struct OrdinalRow {
  std::uint32_t query = 0;    // a column of OrdinalData::columns
  std::uint32_t stratum = 0;  // queries with a level of their own
  std::uint32_t judge = 0;    // answers with thresholds of their own
  std::uint8_t low = 1;
  std::uint8_t high = 5;
  double ability = 0.0;     // of the model: what is added to the logit, times a common slope
  double coordinate = 0.0;  // what the discrimination is multiplied by
  double weight = 1.0;      // > 0
};

struct OrdinalData {
  const Matrix& columns;  // [columns + 1, queries], a last row of 1
  const std::vector<OrdinalRow>& rows;
  std::size_t strata = 1;
  std::vector<char> grades;  // by judge: 0 if it tells scores of at least 4 from the others alone
};

struct OrdinalOptions {
  double easiness_penalty = 100.0;
  double discrimination_penalty = 10000.0;
  double stratum_penalty = 100.0;
  double slope_penalty = 1.0;           // draws the slope of abilities to 1
  double threshold_penalty = 30.0;      // draws a judge's thresholds to those of all judges
  bool fixed_thresholds_prior = false;  // `thresholds` instead of those of all judges
  Thresholds thresholds{-2.0, -0.7, 0.0, 1.5};
};

struct OrdinalModel {
  Vector easiness;          // [columns + 1], the constant is 0
  Vector discrimination;    // the same
  double slope = 1.0;       // of abilities
  Thresholds thresholds{};  // the mean over judges, each by the square root of its weight

  // The logit from which thresholds are taken.
  [[nodiscard]] double Quality(const Matrix& columns, const OrdinalRow& row) const;
};

// The penalised maximum of the likelihood by Newton steps, for the rows whose query has kept != 0
// (empty: all). The levels of strata and what is a judge's own in its thresholds are fitted along
// and forgotten. `relative_penalties`: RelativePenalties(); `invariance`: the second moment of
// changes of the columns that should not matter, [columns + 1, columns + 1] or empty.
[[nodiscard]] OrdinalModel FitOrdinalModel(const OrdinalData& data, std::span<const char> kept,
                                           const Vector& relative_penalties,
                                           const Matrix& invariance, const OrdinalOptions& options);

// Qualities are multiplied by the slope; scores are read off the thresholds.
struct OrdinalCalibration {
  double slope = 1.0;
  Thresholds thresholds{};
};
// Slope and thresholds of the greatest likelihood. `with_slope` false: the slope is 0, so that the
// thresholds are those of the marginal distribution.
[[nodiscard]] OrdinalCalibration CalibrateOrdinal(std::span<const JudgedQuality> judged,
                                                  bool with_slope);

}  // namespace routellm::training
