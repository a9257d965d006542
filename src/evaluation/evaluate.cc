#include "evaluation/evaluate.h"

#include <limits>
#include <utility>

#include "evaluation/optimum.h"

namespace routellm::evaluation {
namespace {

// A router's builders, one for each repetition.
struct Builders {
  std::vector<CurveBuilder> binned;
  std::vector<CurveBuilder> full;
};

std::vector<Builders> MakeBuilders(const PairOutcomes& outcomes,
                                   std::span<const Candidate> candidates, std::size_t bins) {
  std::vector<Builders> routers(candidates.size());
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    for (const std::vector<double>& scores : candidates[i].repetitions) {
      routers[i].binned.emplace_back(outcomes, scores, QuantileEdges(scores, bins));
      routers[i].full.emplace_back(outcomes, scores, DistinctEdges(scores));
    }
  }
  return routers;
}

// The area under the mean of the full curves is the mean of their areas.
std::optional<double> FullApgr(const Builders& router, const Sample& sample) {
  double area = 0.0;
  for (const CurveBuilder& full : router.full) area += full.Area(sample);
  return ApgrOfArea(area / static_cast<double>(router.full.size()), sample.quality);
}

std::vector<MetricIntervals> Intervals(const PairOutcomes& outcomes,
                                       std::span<const Builders> routers,
                                       const EvaluateOptions& options) {
  const MetricOptions how{.rule = options.rule, .prices = options.prices};
  const auto figures = Bootstrap(outcomes, options.bootstrap, [&](const Sample& sample) {
    Figures values;
    values.reserve(routers.size() * kMetrics.size());
    for (const Builders& router : routers) {
      Metrics metrics = ComputeMetrics(MeanCurve(router.binned, sample), sample.quality, how);
      // A random router's would cost more than all others together and say what its bins say.
      if (router.full.size() == 1) metrics[Metric::kFullApgr] = FullApgr(router, sample);
      for (const Metric metric : kMetrics) values.push_back(metrics[metric]);
    }
    return values;
  });
  std::vector<MetricIntervals> intervals(routers.size());
  auto next = figures.begin();
  for (MetricIntervals& router : intervals) {
    for (const Metric metric : kMetrics) router[metric] = *next++;
  }
  return intervals;
}

}  // namespace

Evaluation Evaluate(const PairOutcomes& outcomes, std::span<const Candidate> candidates,
                    const EvaluateOptions& options) {
  const Sample all = AllQueries(outcomes);
  const std::vector<Builders> routers = MakeBuilders(outcomes, candidates, options.bins);
  const auto intervals = Intervals(outcomes, routers, options);

  Evaluation evaluation{
      .pair = all.quality, .routers = {}, .optimum = OptimalCurve(outcomes), .optimum_metrics = {}};
  evaluation.optimum_metrics = ComputeMetrics(
      evaluation.optimum, all.quality, {.rule = CptRule::kSmallestShare, .prices = options.prices});
  // Its curve has every threshold that there is.
  evaluation.optimum_metrics[Metric::kFullApgr] = evaluation.optimum_metrics[Metric::kApgr];
  evaluation.routers.reserve(candidates.size());
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    RouterEvaluation router{.name = candidates[i].name,
                            .curve = MeanCurve(routers[i].binned, all),
                            .full = MeanCurve(routers[i].full, all),
                            .metrics = {},
                            .intervals = intervals[i]};
    router.metrics =
        ComputeMetrics(router.curve, all.quality, {.rule = options.rule, .prices = options.prices});
    router.metrics[Metric::kFullApgr] = FullApgr(routers[i], all);
    evaluation.routers.push_back(std::move(router));
  }
  return evaluation;
}

OperatingPoint Operate(const PairOutcomes& outcomes, const Candidate& candidate, double threshold,
                       const EvaluateOptions& options) {
  // The last edge sends nothing to the strong model, the first what reaches the threshold.
  std::vector<CurveBuilder> builders;
  builders.reserve(candidate.repetitions.size());
  for (const std::vector<double>& scores : candidate.repetitions) {
    builders.emplace_back(outcomes, scores,
                          std::vector{threshold, std::numeric_limits<double>::infinity()});
  }
  const auto intervals = Bootstrap(outcomes, options.bootstrap, [&](const Sample& sample) {
    const CurvePoint point = MeanCurve(builders, sample).back();
    return Figures{point.strong_share, point.quality};
  });
  const CurvePoint point = MeanCurve(builders, AllQueries(outcomes)).back();
  return {.router = candidate.name,
          .threshold = threshold,
          .strong_share = point.strong_share,
          .quality = point.quality,
          .cost = MixCost(options.prices, point.strong_share),
          .strong_share_interval = intervals[0].value_or(Interval{}),
          .quality_interval = intervals[1].value_or(Interval{})};
}

}  // namespace routellm::evaluation
