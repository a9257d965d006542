#include "evaluation/metrics.h"

#include <algorithm>
#include <cmath>

namespace routellm::evaluation {
namespace {

std::optional<double> IfFinite(double value) {
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

double Target(const PairQuality& pair, double fraction) {
  return fraction * (pair.strong - pair.weak) + pair.weak;
}

// The share at which the line through two points has a quality.
double ShareAt(const CurvePoint& a, const CurvePoint& b, double quality) {
  const double slope = (b.strong_share - a.strong_share) / (b.quality - a.quality);
  return slope * (quality - a.quality) + a.strong_share;
}

// The first index in [low, high) whose quality is above `quality`, or `high`, by halving: which of
// several is found where qualities do not ascend depends on the order of the probes.
std::size_t FirstAbove(const Curve& curve, double quality, std::size_t low, std::size_t high) {
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (quality >= curve[middle].quality) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

// The segment [i, i + 1] in which numpy.interp looks for `quality`, which lies between the first
// and the last point's. numpy probes the neighbours of a guess (the second point) before it halves
// the rest, and a long curve in two parts.
std::size_t InterpSegment(const Curve& curve, double quality) {
  constexpr std::size_t kLinearSearch = 4;
  constexpr std::size_t kNear = 9;
  const std::size_t probed = std::min<std::size_t>(curve.size(), kLinearSearch);
  for (std::size_t i = 1; i < probed; ++i) {
    if (quality < curve[i].quality) return i - 1;
  }
  if (curve.size() <= kLinearSearch) return curve.size() - 1;
  const bool near = curve.size() > kNear + 1 && quality < curve[kNear].quality;
  return FirstAbove(curve, quality, kLinearSearch - 1, near ? kNear : curve.size()) - 1;
}

}  // namespace

double Auc(const Curve& curve) {
  double area = 0.0;
  for (std::size_t i = 1; i < curve.size(); ++i) {
    const double width = (curve[i].strong_share - curve[i - 1].strong_share) / 100.0;
    area += width * (curve[i].quality + curve[i - 1].quality) / 2.0;
  }
  return area;
}

std::optional<double> Apgr(const Curve& curve, const PairQuality& pair) {
  const double width = (curve.back().strong_share - curve.front().strong_share) / 100.0;
  return ApgrOfArea(Auc(curve) / width, pair);
}

std::optional<double> ApgrOfArea(double area, const PairQuality& pair) {
  if (!(pair.strong > pair.weak)) return std::nullopt;
  return IfFinite((area - pair.weak) / (pair.strong - pair.weak));
}

std::optional<double> ShareForQuality(const Curve& curve, double quality) {
  const auto reached = std::find_if(curve.begin(), curve.end(), [&](const CurvePoint& point) {
    return point.quality >= quality;
  });
  if (reached == curve.end()) return std::nullopt;
  if (reached == curve.begin()) return reached->strong_share;
  return ShareAt(*(reached - 1), *reached, quality);
}

std::optional<double> Cpt(const Curve& curve, const PairQuality& pair, double fraction) {
  if (!(pair.strong > pair.weak)) return std::nullopt;
  return ShareForQuality(curve, Target(pair, fraction));
}

std::optional<double> CptAsInterp(const Curve& curve, const PairQuality& pair, double fraction) {
  const double quality = Target(pair, fraction);
  if (quality > curve.back().quality) return curve.back().strong_share;
  if (quality < curve.front().quality) return curve.front().strong_share;
  const std::size_t segment = InterpSegment(curve, quality);
  if (segment + 1 == curve.size() || curve[segment].quality == quality) {
    return curve[segment].strong_share;
  }
  return IfFinite(ShareAt(curve[segment], curve[segment + 1], quality));
}

std::string_view MetricKey(Metric metric) {
  switch (metric) {
    case Metric::kCpt20:
      return "cpt20";
    case Metric::kCpt50:
      return "cpt50";
    case Metric::kCpt80:
      return "cpt80";
    case Metric::kAuc:
      return "auc";
    case Metric::kApgr:
      return "apgr";
    case Metric::kFullApgr:
      return "full_apgr";
    case Metric::kNearStrongShare:
      return "near_strong_percent";
    case Metric::kNearStrongCost:
      return "near_strong_cost";
    case Metric::kNearStrongSaving:
      return "near_strong_saving";
  }
  return "";
}

Metrics ComputeMetrics(const Curve& curve, const PairQuality& pair, const MetricOptions& options) {
  const auto cpt = options.rule == CptRule::kInterp ? &CptAsInterp : &Cpt;
  Metrics metrics;
  metrics[Metric::kCpt20] = cpt(curve, pair, 0.2);
  metrics[Metric::kCpt50] = cpt(curve, pair, 0.5);
  metrics[Metric::kCpt80] = cpt(curve, pair, 0.8);
  metrics[Metric::kAuc] = Auc(curve);
  metrics[Metric::kApgr] = Apgr(curve, pair);
  const double quality = kNearStrong * pair.strong;
  if (const auto share = ShareForQuality(curve, quality)) {
    metrics[Metric::kNearStrongShare] = share;
    metrics[Metric::kNearStrongCost] = MixCost(options.prices, *share);
    metrics[Metric::kNearStrongSaving] = SavingAgainstRandom(pair, options.prices, quality, *share);
  }
  return metrics;
}

}  // namespace routellm::evaluation
