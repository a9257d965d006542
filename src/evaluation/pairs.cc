#include "evaluation/pairs.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace routellm::evaluation {
namespace {

PairEvaluation EvaluatePair(EvaluationSet::Names models, const PairMaterial& material,
                            std::span<const Candidate> candidates, const EvaluateOptions& options) {
  const PairOutcomes& outcomes = material.outcomes;
  std::vector<std::vector<CurveBuilder>> routers(candidates.size());
  const std::vector<Candidate> selected = Select(candidates, material.queries);
  for (std::size_t i = 0; i < selected.size(); ++i) {
    for (const std::vector<double>& scores : selected[i].repetitions) {
      routers[i].emplace_back(outcomes, scores, QuantileEdges(scores, options.bins));
    }
  }
  // The gap, then each router's APGR.
  const auto figures = [&](const Sample& sample) {
    Figures values = {sample.quality.strong - sample.quality.weak};
    values.reserve(1 + routers.size());
    for (const auto& router : routers) {
      values.push_back(Apgr(MeanCurve(router, sample), sample.quality));
    }
    return values;
  };
  const Sample all = AllQueries(outcomes);
  const Figures values = figures(all);
  const auto intervals = Bootstrap(outcomes, options.bootstrap, figures);
  PairEvaluation pair{.models = std::move(models),
                      .queries = material.queries.size(),
                      .quality = all.quality,
                      .gap_is_certain = intervals[0] && intervals[0]->low > 0.0,
                      .routers = {}};
  for (std::size_t i = 0; i < routers.size(); ++i) {
    pair.routers.push_back({values[i + 1], intervals[i + 1]});
  }
  return pair;
}

PairsSummary Summarize(const std::vector<PairEvaluation>& pairs, std::size_t router) {
  PairsSummary summary;
  std::vector<double> values;
  for (const PairEvaluation& pair : pairs) {
    const ApgrFigure& apgr = pair.routers[router];
    if (!pair.gap_is_certain || !apgr.value) continue;
    values.push_back(*apgr.value);
    summary.mean_apgr += *apgr.value;
    if (apgr.interval && apgr.interval->low > 0.5) ++summary.above_random;
    if (apgr.interval && apgr.interval->high < 0.5) ++summary.below_random;
  }
  if (values.empty()) {
    summary.mean_apgr = summary.median_apgr = std::nan("");
    return summary;
  }
  std::sort(values.begin(), values.end());
  summary.mean_apgr /= static_cast<double>(values.size());
  summary.median_apgr = Quantile(values, 0.5);
  return summary;
}

}  // namespace

std::vector<Candidate> Select(std::span<const Candidate> candidates,
                              std::span<const std::uint32_t> queries) {
  std::vector<Candidate> selected(candidates.size());
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    selected[i].name = candidates[i].name;
    for (const std::vector<double>& scores : candidates[i].repetitions) {
      std::vector<double>& chosen = selected[i].repetitions.emplace_back();
      chosen.reserve(queries.size());
      for (const std::uint32_t query : queries) chosen.push_back(scores[query]);
    }
  }
  return selected;
}

PairsEvaluation EvaluatePairs(const EvaluationSet& set, std::span<const Candidate> candidates,
                              std::size_t min_queries, const EvaluateOptions& options) {
  PairsEvaluation evaluation;
  for (EvaluationSet::Names& models : set.Pairs(min_queries)) {
    const auto material = set.Pair(models.strong, models.weak);
    if (!material) continue;  // Pairs names none without queries
    evaluation.pairs.push_back(EvaluatePair(std::move(models), *material, candidates, options));
  }
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    evaluation.routers.push_back(Summarize(evaluation.pairs, i));
  }
  return evaluation;
}

}  // namespace routellm::evaluation
