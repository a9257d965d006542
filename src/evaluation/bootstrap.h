// How far a metric would vary with another sample of queries.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "evaluation/curve.h"
#include "evaluation/metrics.h"

namespace routellm::evaluation {

struct Interval {
  double low = 0.0;
  double high = 0.0;
};

// 95 % intervals; none where a metric was undefined in every resample.
struct MetricIntervals {
  std::optional<Interval> apgr;
  std::array<std::optional<Interval>, kCptFractions.size()> cpt;  // as kCptFractions
};

struct BootstrapOptions {
  std::size_t resamples = 1000;  // at least 1
  std::uint64_t seed = 0;
  CptRule rule = CptRule::kSmallestShare;
};

// A router as the curves of its repetitions, at least one, all with as many points.
using Repetitions = std::vector<CurveBuilder>;

// The mean of the repetitions' curves, point by point.
[[nodiscard]] Curve MeanCurve(const Repetitions& repetitions, const Sample& sample);

// The intervals of each router between the 2.5 and the 97.5 % quantile over resamples of the
// queries (percentile bootstrap; Efron and Tibshirani, "An Introduction to the Bootstrap", 1993,
// chapter 13). Thresholds stay where all queries put them; all routers see the same resamples. Runs
// on all cores; the result depends on the options alone.
[[nodiscard]] std::vector<MetricIntervals> Bootstrap(const PairOutcomes& outcomes,
                                                     std::span<const Repetitions> routers,
                                                     const BootstrapOptions& options);

}  // namespace routellm::evaluation
