#include "evaluation/evaluate.h"

#include "evaluation/optimum.h"

namespace routellm::evaluation {

Evaluation Evaluate(const PairOutcomes& outcomes, std::span<const Candidate> candidates,
                    const EvaluateOptions& options) {
  const Sample all = AllQueries(outcomes);
  std::vector<Repetitions> routers;
  for (const Candidate& candidate : candidates) {
    Repetitions& repetitions = routers.emplace_back();
    for (const std::vector<double>& scores : candidate.repetitions) {
      repetitions.emplace_back(outcomes, scores, QuantileEdges(scores, options.bins));
    }
  }
  const auto intervals = Bootstrap(outcomes, routers, {.rule = options.rule});

  Evaluation evaluation{
      .pair = all.quality, .routers = {}, .optimum = OptimalCurve(outcomes), .optimum_metrics = {}};
  evaluation.optimum_metrics =
      ComputeMetrics(evaluation.optimum, all.quality, CptRule::kSmallestShare);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    Curve curve = MeanCurve(routers[i], all);
    const Metrics metrics = ComputeMetrics(curve, all.quality, options.rule);
    evaluation.routers.push_back({candidates[i].name, std::move(curve), metrics, intervals[i]});
  }
  return evaluation;
}

}  // namespace routellm::evaluation
