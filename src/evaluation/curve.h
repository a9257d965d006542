// Call-performance curves: what a router's scores make of a pair of models, threshold by threshold.
//
// Definitions as in RouteLLM (Ong et al., "RouteLLM: Learning to Route LLMs with Preference Data",
// 2024) and its evaluation program. All functions are pure and thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace routellm::evaluation {

// How well both models of a pair answered each query. Both have the same length, at least 1.
// Quality is a mean outcome times `scale`: 100 for answers that are right (1) or wrong (0) and a
// quality in percent, 1 for judge scores.
struct PairOutcomes {
  std::vector<double> weak;
  std::vector<double> strong;
  double scale = 1.0;

  [[nodiscard]] std::size_t size() const { return weak.size(); }
};

// What each model of the pair reaches when it answers every query.
struct PairQuality {
  double weak = 0.0;
  double strong = 0.0;
};

// A sample of the queries, with repetition, of which there must be at least one.
struct Sample {
  std::vector<std::uint32_t> counts;  // how often each query occurs
  double size = 0.0;                  // sum of the counts
  double weak_sum = 0.0;              // of the weak model's outcomes
  PairQuality quality;                // over the sample
};

[[nodiscard]] Sample MakeSample(const PairOutcomes& outcomes, std::vector<std::uint32_t> counts);

// Each query once.
[[nodiscard]] Sample AllQueries(const PairOutcomes& outcomes);

struct CurvePoint {
  double threshold = 0.0;
  double strong_share = 0.0;  // of the queries that the strong model answers, in percent
  double quality = 0.0;       // of the answers to all queries
};

// In ascending order of strong share (descending threshold).
using Curve = std::vector<CurvePoint>;

// At most `most` (at least 2) points of `curve`, evenly by number, with both ends.
[[nodiscard]] Curve Thinned(const Curve& curve, std::size_t most);

// The quantile of `sorted` (ascending, not empty) at `fraction` in [0, 1], by linear interpolation.
[[nodiscard]] double Quantile(std::span<const double> sorted, double fraction);

// The edges, ascending, of `bins` (at least 1) bins that hold equally many scores each, as
// pandas.qcut computes them: quantiles 0, 1/bins, ..., 1 by linear interpolation, each distinct
// value once; a single bin keeps both edges even if they are equal. `scores` must be finite and not
// empty.
[[nodiscard]] std::vector<double> QuantileEdges(std::span<const double> scores, std::size_t bins);

// The edges for which every distinct score is a threshold: each once, ascending, and the highest
// once more for the weak model alone. As QuantileEdges otherwise.
[[nodiscard]] std::vector<double> DistinctEdges(std::span<const double> scores);

// Builds the curve of one router, for any sample of the queries. Immutable.
class CurveBuilder {
 public:
  // A score for each query; `edges` ascending, at least one. From each edge on (`score >= edge`)
  // the strong model answers; from the last one only above it (`score > edge`), so that the curve
  // reaches the weak model.
  CurveBuilder(const PairOutcomes& outcomes, std::span<const double> scores,
               std::vector<double> edges);

  // One point for each edge. Time: linear in the number of queries.
  [[nodiscard]] Curve Build(const Sample& sample) const;

  // The area under Build(sample) by the trapezoid rule, quality over strong share from 0 to 1.
  [[nodiscard]] double Area(const Sample& sample) const;

 private:
  // Neighbours in order_ that gain the same and that the same edges send to the strong model.
  struct Run {
    std::size_t end;  // in order_
    double gain;      // strong minus weak
  };

  // Calls `visit` with each point of the curve in turn.
  template <typename Visit>
  void Walk(const Sample& sample, const Visit& visit) const;

  double scale_;
  std::vector<double> edges_;
  std::vector<std::uint32_t> order_;      // queries, those with the most strong edges first
  std::vector<Run> runs_;                 // of order_
  std::vector<std::size_t> strong_runs_;  // how many of them each edge sends to the strong model
};

// The mean of several curves, at least one, point by point; all builders have equally many edges.
[[nodiscard]] Curve MeanCurve(std::span<const CurveBuilder> builders, const Sample& sample);

}  // namespace routellm::evaluation
