#include "evaluation/bootstrap.h"

#include <algorithm>
#include <random>
#include <utility>

#include "core/parallel.h"

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

std::optional<Interval> IntervalOf(const std::vector<Figures>& resamples, std::size_t figure) {
  std::vector<double> values;
  values.reserve(resamples.size());
  for (const Figures& figures : resamples) {
    if (figures[figure]) values.push_back(*figures[figure]);
  }
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  return Interval{Quantile(values, 0.025), Quantile(values, 0.975)};
}

}  // namespace

std::vector<std::optional<Interval>> Bootstrap(
    const PairOutcomes& outcomes, const BootstrapOptions& options,
    const std::function<Figures(const Sample&)>& figures) {
  std::vector<Figures> resamples(options.resamples);
  ParallelFor(resamples.size(), [&](std::size_t number) {
    resamples[number] = figures(Resample(outcomes, options.seed, number));
  });
  std::vector<std::optional<Interval>> intervals(resamples.front().size());
  for (std::size_t i = 0; i < intervals.size(); ++i) intervals[i] = IntervalOf(resamples, i);
  return intervals;
}

}  // namespace routellm::evaluation
