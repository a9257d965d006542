#include "routing/score_distribution.h"

#include <algorithm>
#include <cmath>

namespace routellm::routing {

WinRate WinRateOf(const ScoreDistribution& scores) {
  const auto& logs = scores.log_probabilities;
  const double largest = *std::max_element(logs.begin(), logs.end());
  if (!std::isfinite(largest)) return WinRate::Clamped(1.0);
  constexpr std::size_t kGood = 3;  // the place of score 4
  double good = 0.0;
  double all = 0.0;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    const double share = std::exp(logs[i] - largest);
    all += share;
    if (i >= kGood) good += share;
  }
  return WinRate::Clamped(1.0 - good / all);
}

}  // namespace routellm::routing
