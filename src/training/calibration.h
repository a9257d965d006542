// From logits to win rates that can be taken at their word.
#pragma once

#include <vector>

#include "training/metrics.h"

namespace routellm::training {

// A win rate is sigmoid(slope * logit + offset).
struct Calibration {
  double slope = 1.0;  // > 0
  double offset = 0.0;
};

// The calibration of the highest posterior for `logits` (score: a logit) with a normal prior of
// mean 1 and deviation 0.5 on the slope and a flat one on the offset (Platt 1999, with the prior in
// place of smoothed targets). {1, 0} for no logits.
[[nodiscard]] Calibration FitCalibration(const std::vector<Judged>& logits);

// `logits` with each logit replaced by its win rate.
[[nodiscard]] std::vector<Judged> Calibrated(std::vector<Judged> logits,
                                             const Calibration& calibration);

// The expected calibration error, over `bins` bins, of win rates that were each calibrated on the
// other half of `logits` (every second one).
[[nodiscard]] double CrossFittedCalibrationError(const std::vector<Judged>& logits,
                                                 std::size_t bins);

}  // namespace routellm::training
