// The same routers, unchanged, on every pair of models: how far what they know carries.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "evaluation/bootstrap.h"
#include "evaluation/evaluate.h"
#include "evaluation/evaluation_set.h"

namespace routellm::evaluation {

struct ApgrFigure {
  std::optional<double> value;
  std::optional<Interval> interval;
};

struct PairEvaluation {
  EvaluationSet::Names models;
  std::size_t queries = 0;
  PairQuality quality;
  // Whether the 95 % interval of the gap is above zero. Where it is not, APGR divides by noise.
  bool gap_is_certain = false;
  std::vector<ApgrFigure> routers;  // as the candidates
};

// One router over the pairs whose gap is certain.
struct PairsSummary {
  double mean_apgr = 0.0;  // NaN without such a pair
  double median_apgr = 0.0;
  std::size_t above_random = 0;  // pairs whose interval is above 0.5
  std::size_t below_random = 0;  // pairs whose interval is below 0.5
};

struct PairsEvaluation {
  std::vector<PairEvaluation> pairs;  // as EvaluationSet::Pairs
  std::vector<PairsSummary> routers;  // as the candidates
};

// Candidates have a score for each prompt of the set; thresholds are the edges of bins over the
// queries of the pair. Pure; runs on all cores.
[[nodiscard]] PairsEvaluation EvaluatePairs(const EvaluationSet& set,
                                            std::span<const Candidate> candidates,
                                            std::size_t min_queries,
                                            const EvaluateOptions& options);

// The candidates' scores of `queries` alone.
[[nodiscard]] std::vector<Candidate> Select(std::span<const Candidate> candidates,
                                            std::span<const std::uint32_t> queries);

}  // namespace routellm::evaluation
