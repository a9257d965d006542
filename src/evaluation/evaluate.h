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
// router that is random has several repetitions, whose curves are averaged point by point: their
// scores must have equally many distinct values.
struct Candidate {
  std::string name;
  std::vector<std::vector<double>> repetitions;
};

struct EvaluateOptions {
  std::size_t bins = 10;  // at least 1: thresholds are the edges of as many bins (QuantileEdges)
  CptRule rule = CptRule::kSmallestShare;  // of the routers; the optimum's is always kSmallestShare
  PairPrices prices = {};
  BootstrapOptions bootstrap = {};
};

using MetricIntervals = PerMetric<Interval>;

struct RouterEvaluation {
  std::string name;
  Curve curve;  // a point for each bin's edge
  Curve full;   // a point for each distinct score
  Metrics metrics;
  // Thresholds stay where all queries put them. Several repetitions have none for kFullApgr.
  MetricIntervals intervals;
};

struct Evaluation {
  PairQuality pair;
  std::vector<RouterEvaluation> routers;  // as the candidates
  Curve optimum;                          // OptimalCurve
  Metrics optimum_metrics;
};

// Pure; runs on all cores. All routers see the same resamples.
[[nodiscard]] Evaluation Evaluate(const PairOutcomes& outcomes,
                                  std::span<const Candidate> candidates,
                                  const EvaluateOptions& options);

// What a router does at one threshold; `score >= threshold` is the strong model. Shares are in
// percent, cost is MixCost.
struct OperatingPoint {
  std::string router;
  double threshold = 0.0;
  double strong_share = 0.0;
  double quality = 0.0;
  double cost = 0.0;
  Interval strong_share_interval;
  Interval quality_interval;
};

[[nodiscard]] OperatingPoint Operate(const PairOutcomes& outcomes, const Candidate& candidate,
                                     double threshold, const EvaluateOptions& options);

}  // namespace routellm::evaluation
