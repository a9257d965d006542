#include "evaluation/bootstrap.h"

#include <algorithm>
#include <random>
#include <utility>

#include "evaluation/parallel.h"

namespace routellm::evaluation {
namespace {

Sample Resample(const PairOutcomes& outcomes, std::uint64_t seed, std::size_t number) {
  std::seed_seq sequence{seed & 0xFFFFFFFF, seed >> 32, std::uint64_t{number}};
  std::mt19937 generator(sequence);
  std::vector<std::uint32_t> counts(outcomes.size(), 0);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    // The high half of the product is uniform below the size, to one part in 2^32 / size.
    ++counts[(std::uint64_t{generator()} * counts.size()) >> 32];
  }
  return MakeSample(outcomes, std::move(counts));
}

// One metric of one router over the resamples.
template <typename Read>
std::optional<Interval> IntervalOf(std::span<const std::vector<Metrics>> resamples,
                                   std::size_t router, const Read& read) {
  std::vector<double> values;
  for (const auto& metrics : resamples) {
    if (const std::optional<double> value = read(metrics[router])) values.push_back(*value);
  }
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  return Interval{Quantile(values, 0.025), Quantile(values, 0.975)};
}

}  // namespace

Curve MeanCurve(const Repetitions& repetitions, const Sample& sample) {
  Curve mean = repetitions.front().Build(sample);
  for (std::size_t i = 1; i < repetitions.size(); ++i) {
    const Curve curve = repetitions[i].Build(sample);
    for (std::size_t point = 0; point < mean.size(); ++point) {
      mean[point].threshold += curve[point].threshold;
      mean[point].strong_share += curve[point].strong_share;
      mean[point].quality += curve[point].quality;
    }
  }
  const auto count = static_cast<double>(repetitions.size());
  for (CurvePoint& point : mean) {
    point = {point.threshold / count, point.strong_share / count, point.quality / count};
  }
  return mean;
}

std::vector<MetricIntervals> Bootstrap(const PairOutcomes& outcomes,
                                       std::span<const Repetitions> routers,
                                       const BootstrapOptions& options) {
  std::vector<std::vector<Metrics>> resamples(options.resamples);
  ParallelFor(resamples.size(), [&](std::size_t number) {
    const Sample sample = Resample(outcomes, options.seed, number);
    for (const Repetitions& router : routers) {
      resamples[number].push_back(
          ComputeMetrics(MeanCurve(router, sample), sample.quality, options.rule));
    }
  });
  std::vector<MetricIntervals> intervals(routers.size());
  for (std::size_t router = 0; router < routers.size(); ++router) {
    intervals[router].apgr =
        IntervalOf(resamples, router, [](const Metrics& metrics) { return metrics.apgr; });
    for (std::size_t i = 0; i < kCptFractions.size(); ++i) {
      intervals[router].cpt[i] =
          IntervalOf(resamples, router, [i](const Metrics& metrics) { return metrics.cpt[i]; });
    }
  }
  return intervals;
}

}  // namespace routellm::evaluation
