// From a router's win rates on a sample of prompts to the threshold for a share of strong calls.
#pragma once

#include <cstddef>
#include <span>

#include "core/win_rate.h"

namespace routellm::evaluation {

struct CalibratedThreshold {
  Threshold threshold;
  int decimals = 0;        // of the threshold as it is to be printed
  std::size_t strong = 0;  // how many of the win rates reach it
};

// The threshold that a share of the win rates reaches, by the rule of the Python package: their
// quantile 1 - share, linear between neighbours as in pandas, rounded to five decimals, or to as
// many more as it takes for equally many win rates to reach it. Without ties, `strong` differs by
// less than 1 from share times the number of win rates. `sorted`: ascending, in [0, 1], not empty.
[[nodiscard]] CalibratedThreshold ThresholdForShare(std::span<const double> sorted,
                                                    StrongShare share);

}  // namespace routellm::evaluation
