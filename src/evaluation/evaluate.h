// Routers side by side on one set of queries.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "evaluation/bootstrap.h"
#include "evaluation/curve.h"
#include "evaluation/metrics.h"

namespace routellm::evaluation {

// A router by its scores, one for each query, finite; a higher score asks for the strong model. A
// router that is random has several repetitions, whose curves are averaged point by point:
// QuantileEdges must give equally many edges for each, as it does for scores without ties.
struct Candidate {
  std::string name;
  std::vector<std::vector<double>> repetitions;
};

struct EvaluateOptions {
  std::size_t bins = 10;  // at least 1: thresholds are the edges of as many bins (QuantileEdges)
  CptRule rule = CptRule::kSmallestShare;  // of the routers; the optimum's is always kSmallestShare
};

struct RouterEvaluation {
  std::string name;
  Curve curve;
  Metrics metrics;
  MetricIntervals intervals;
};

struct Evaluation {
  PairQuality pair;
  std::vector<RouterEvaluation> routers;  // as the candidates
  Curve optimum;                          // OptimalCurve
  Metrics optimum_metrics;
};

// Pure; runs on all cores.
[[nodiscard]] Evaluation Evaluate(const PairOutcomes& outcomes,
                                  std::span<const Candidate> candidates,
                                  const EvaluateOptions& options);

}  // namespace routellm::evaluation
