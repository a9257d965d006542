// How good win rates of one pair of models are, on queries that were held out.
#pragma once

#include <cstddef>
#include <vector>

#include "training/metrics.h"

namespace routellm::training {

struct PairFigures {
  std::size_t queries = 0;
  double squared_error = 0.0;      // mean of (win rate - preference)^2
  double constant_error = 0.0;     // the same of the mean preference, which looks at no prompt
  double accuracy = 0.0;           // win rate and preference on the same side of 1/2; ties left out
  double auc = 0.5;                // AreaUnderRoc
  double apgr = 0.5;               // AveragePerformanceGapRecovered
  double calibration_error = 0.0;  // ExpectedCalibrationError over 10 bins
};

// `judged`: win rates as scores, at least one.
[[nodiscard]] PairFigures JudgePair(const std::vector<Judged>& judged);

// The quantiles 0, 1/100, ..., 1 of the win rates, by linear interpolation: a router's calibration
// table. At least one win rate.
[[nodiscard]] std::vector<double> WinRateQuantiles(const std::vector<Judged>& judged);

struct WeightedValue {
  double value = 0.0;
  double weight = 1.0;  // > 0
};

// The values at each percent of the weight, 0 to 100, ascending. At least one value.
[[nodiscard]] std::vector<double> Percentiles(std::vector<WeightedValue> values);

}  // namespace routellm::training
