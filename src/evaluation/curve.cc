#include "evaluation/curve.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace routellm::evaluation {
namespace {

// The number of edges that send a score to the strong model.
std::size_t Level(std::span<const double> edges, double score) {
  const auto reached =
      static_cast<std::size_t>(std::upper_bound(edges.begin(), edges.end(), score) - edges.begin());
  return score == edges.back() ? edges.size() - 1 : reached;
}

}  // namespace

Sample MakeSample(const PairOutcomes& outcomes, std::vector<std::uint32_t> counts) {
  Sample sample{.counts = std::move(counts), .size = 0.0, .weak_sum = 0.0, .quality = {}};
  double strong_sum = 0.0;
  for (std::size_t i = 0; i < sample.counts.size(); ++i) {
    const double count = sample.counts[i];
    sample.size += count;
    sample.weak_sum += count * outcomes.weak[i];
    strong_sum += count * outcomes.strong[i];
  }
  sample.quality = {sample.weak_sum / sample.size * outcomes.scale,
                    strong_sum / sample.size * outcomes.scale};
  return sample;
}

Sample AllQueries(const PairOutcomes& outcomes) {
  return MakeSample(outcomes, std::vector<std::uint32_t>(outcomes.size(), 1));
}

Curve Thinned(const Curve& curve, std::size_t most) {
  if (curve.size() <= most) return curve;
  Curve thinned;
  thinned.reserve(most);
  for (std::size_t i = 0; i < most; ++i) {
    thinned.push_back(curve[i * (curve.size() - 1) / (most - 1)]);
  }
  return thinned;
}

// Rounds as numpy does, so that an edge that falls on a score is equal to it here if and only if it
// is there.
double Quantile(std::span<const double> sorted, double fraction) {
  const double position = static_cast<double>(sorted.size() - 1) * fraction;
  const auto below = static_cast<std::size_t>(position);
  if (below + 1 >= sorted.size()) return sorted.back();
  const double weight = position - std::floor(position);
  const double low = sorted[below];
  const double high = sorted[below + 1];
  const double difference = high - low;
  return weight >= 0.5 ? high - difference * (1.0 - weight) : low + difference * weight;
}

std::vector<double> QuantileEdges(std::span<const double> scores, std::size_t bins) {
  std::vector<double> sorted(scores.begin(), scores.end());
  std::sort(sorted.begin(), sorted.end());
  const double step = 1.0 / static_cast<double>(bins);
  std::vector<double> edges;
  for (std::size_t i = 0; i < bins; ++i) {
    // To percent and back, as pandas hands its quantiles to numpy.
    edges.push_back(Quantile(sorted, static_cast<double>(i) * step * 100.0 / 100.0));
  }
  edges.push_back(sorted.back());
  if (bins > 1) edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  return edges;
}

std::vector<double> DistinctEdges(std::span<const double> scores) {
  std::vector<double> edges(scores.begin(), scores.end());
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  edges.push_back(edges.back());
  return edges;
}

CurveBuilder::CurveBuilder(const PairOutcomes& outcomes, std::span<const double> scores,
                           std::vector<double> edges)
    : scale_(outcomes.scale),
      edges_(std::move(edges)),
      order_(scores.size()),
      strong_runs_(edges_.size(), 0) {
  struct Place {
    std::size_t level;
    double gain;
    bool operator==(const Place&) const = default;
  };
  std::vector<Place> places;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    places.push_back({Level(edges_, scores[i]), outcomes.strong[i] - outcomes.weak[i]});
  }
  std::iota(order_.begin(), order_.end(), 0U);
  std::stable_sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
    return places[a].level != places[b].level ? places[a].level > places[b].level
                                              : places[a].gain > places[b].gain;
  });
  for (std::size_t i = 0; i < order_.size(); ++i) {
    const Place& place = places[order_[i]];
    if (i == 0 || place != places[order_[i - 1]]) {
      runs_.push_back({i, place.gain});
      if (place.level > 0) ++strong_runs_[place.level - 1];
    }
    runs_.back().end = i + 1;
  }
  std::partial_sum(strong_runs_.rbegin(), strong_runs_.rend(), strong_runs_.rbegin());
}

template <typename Visit>
void CurveBuilder::Walk(const Sample& sample, const Visit& visit) const {
  double strong_queries = 0.0;
  double gain = 0.0;
  std::size_t run = 0;
  std::size_t next = 0;
  for (std::size_t edge = edges_.size(); edge-- > 0;) {
    for (; run < strong_runs_[edge]; ++run) {
      std::uint64_t queries = 0;
      for (; next < runs_[run].end; ++next) queries += sample.counts[order_[next]];
      strong_queries += static_cast<double>(queries);
      gain += static_cast<double>(queries) * runs_[run].gain;
    }
    visit(CurvePoint{edges_[edge], strong_queries / sample.size * 100.0,
                     (sample.weak_sum + gain) / sample.size * scale_});
  }
}

Curve CurveBuilder::Build(const Sample& sample) const {
  Curve curve;
  curve.reserve(edges_.size());
  Walk(sample, [&](const CurvePoint& point) { curve.push_back(point); });
  return curve;
}

double CurveBuilder::Area(const Sample& sample) const {
  double area = 0.0;
  CurvePoint last{0.0, 0.0, sample.quality.weak};
  Walk(sample, [&](const CurvePoint& point) {
    area += (point.strong_share - last.strong_share) / 100.0 * (point.quality + last.quality) / 2.0;
    last = point;
  });
  return area;
}

Curve MeanCurve(std::span<const CurveBuilder> builders, const Sample& sample) {
  Curve mean = builders.front().Build(sample);
  if (builders.size() == 1) return mean;
  for (const CurveBuilder& builder : builders.subspan(1)) {
    const Curve curve = builder.Build(sample);
    for (std::size_t point = 0; point < mean.size(); ++point) {
      mean[point].threshold += curve[point].threshold;
      mean[point].strong_share += curve[point].strong_share;
      mean[point].quality += curve[point].quality;
    }
  }
  const auto count = static_cast<double>(builders.size());
  for (CurvePoint& point : mean) {
    point = {point.threshold / count, point.strong_share / count, point.quality / count};
  }
  return mean;
}

}  // namespace routellm::evaluation
