#include "evaluation/optimum.h"

#include <algorithm>
#include <functional>

namespace routellm::evaluation {

Curve OptimalCurve(const PairOutcomes& outcomes) {
  std::vector<double> gains;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    gains.push_back(outcomes.strong[i] - outcomes.weak[i]);
  }
  std::sort(gains.begin(), gains.end(), std::greater<>());
  const Sample all = AllQueries(outcomes);
  Curve curve = {{gains.front(), 0.0, all.quality.weak}};
  double sum = all.weak_sum;
  for (std::size_t i = 0; i < gains.size(); ++i) {
    sum += std::max(gains[i], 0.0);
    curve.push_back(
        {gains[i], static_cast<double>(i + 1) / all.size * 100.0, sum / all.size * outcomes.scale});
  }
  return curve;
}

double QualityAt(const Curve& curve, double strong_share) {
  const auto above = std::lower_bound(
      curve.begin(), curve.end(), strong_share,
      [](const CurvePoint& point, double share) { return point.strong_share < share; });
  if (above == curve.end()) return curve.back().quality;
  if (above == curve.begin()) return above->quality;
  const CurvePoint& below = *(above - 1);
  const double part =
      (strong_share - below.strong_share) / (above->strong_share - below.strong_share);
  return below.quality + part * (above->quality - below.quality);
}

}  // namespace routellm::evaluation
