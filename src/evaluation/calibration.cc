#include "evaluation/calibration.h"

#include <fmt/format.h>

#include <algorithm>

#include "evaluation/curve.h"

namespace routellm::evaluation {

CalibratedThreshold ThresholdForShare(std::span<const double> sorted, StrongShare share) {
  const auto reach = [&](double threshold) {
    return static_cast<std::size_t>(sorted.end() -
                                    std::lower_bound(sorted.begin(), sorted.end(), threshold));
  };
  const double exact = Quantile(sorted, 1.0 - share.value());
  const std::size_t strong = reach(exact);
  constexpr int kFewestDecimals = 5;
  for (int decimals = kFewestDecimals;; ++decimals) {
    // What is printed is what is meant: the number that is read back. A double's decimals end.
    const auto rounded = Threshold::Parse(fmt::format("{:.{}f}", exact, decimals));
    if (reach(rounded->value()) == strong) return {*rounded, decimals, strong};
  }
}

}  // namespace routellm::evaluation
