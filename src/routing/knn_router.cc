#include "routing/knn_router.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace routellm::routing {
namespace {

std::unique_ptr<const NeighbourSearch> MakeSearch(KnnCheckpoint& checkpoint) {
  const std::size_t columns = checkpoint.embedder.dimension;
  if (!checkpoint.graph)
    return std::make_unique<const ExactSearch>(std::move(checkpoint.vectors), columns);
  auto search = HnswSearch::Create(*checkpoint.graph, checkpoint.vectors, columns);
  search->SetBreadth(checkpoint.breadth);
  return search;
}

}  // namespace

double KnnWinRate(std::span<const Neighbour> nearest, std::span<const float> scores,
                  double temperature) {
  const double largest = double{nearest.front().cosine};
  double sum = 0.0;
  double weights = 0.0;
  for (const Neighbour& neighbour : nearest) {
    const double weight = std::exp((double{neighbour.cosine} - largest) / temperature);
    const float* pair = &scores[std::size_t{2} * neighbour.row];
    sum += weight * (double{pair[0]} - double{pair[1]});
    weights += weight;
  }
  return 0.5 + 0.5 * sum / weights;
}

std::unique_ptr<const KnnRouter> KnnRouter::Create(KnnCheckpoint checkpoint) {
  std::unique_ptr<KnnRouter> router(
      new KnnRouter({.name = "knn",
                     .strong_model = std::move(checkpoint.strong_model),
                     .weak_model = std::move(checkpoint.weak_model),
                     .evidence = EvidenceKind::kEmbedding,
                     .description = "what both models did on the most similar queries",
                     .win_rate_quantiles = std::move(checkpoint.win_rate_quantiles)}));
  router->info_.embedder = checkpoint.embedder;
  router->search_ = MakeSearch(checkpoint);
  double gain = 0.0;
  for (std::size_t row = 0; row < checkpoint.queries(); ++row)
    gain += double{checkpoint.scores[2 * row]} - double{checkpoint.scores[2 * row + 1]};
  router->overall_ = 0.5 + 0.5 * gain / static_cast<double>(checkpoint.queries());
  router->scores_ = std::move(checkpoint.scores);
  router->labels_ = std::move(checkpoint.labels);
  router->dimension_ = checkpoint.embedder.dimension;
  router->neighbours_ = checkpoint.neighbours;
  router->temperature_ = checkpoint.temperature;
  return router;
}

Result<void> KnnRouter::FindNearest(const Evidence& evidence,
                                    std::vector<Neighbour>& nearest) const {
  nearest.clear();
  const auto embedding = EmbeddingOf(evidence, dimension_);
  if (!embedding) return tl::unexpected(embedding.error());
  double squares = 0.0;
  for (const float value : *embedding) squares += double{value} * value;
  if (!std::isfinite(squares))
    return Fail(ErrorCode::kInvalidData, "the embedding holds a number that is not finite");
  if (squares == 0.0) return {};
  thread_local std::vector<float> unit;
  unit.assign(embedding->begin(), embedding->end());
  const double length = std::sqrt(squares);
  for (float& value : unit) value = static_cast<float>(value / length);
  search_->Find(unit, neighbours_, nearest);
  return {};
}

Result<WinRate> KnnRouter::Score(const Query& /*query*/, const Evidence& evidence) const {
  thread_local std::vector<Neighbour> nearest;
  if (auto found = FindNearest(evidence, nearest); !found) return tl::unexpected(found.error());
  if (nearest.empty()) return WinRate::Clamped(overall_);
  return WinRate::Clamped(KnnWinRate(nearest, scores_, temperature_));
}

Result<Explanation> KnnRouter::Explain(const Query& /*query*/, const Evidence& evidence) const {
  std::vector<Neighbour> nearest;
  if (auto found = FindNearest(evidence, nearest); !found) return tl::unexpected(found.error());
  if (nearest.empty())
    return Explanation{.basis = "the prompt is like no training query: all of them count alike",
                       .compared_with = {},
                       .reasons = {}};
  const double largest = double{nearest.front().cosine};
  const double win_rate = KnnWinRate(nearest, scores_, temperature_);
  double weights = 0.0;
  double strong = 0.0;
  double weak = 0.0;
  for (const Neighbour& neighbour : nearest) {
    const double weight = std::exp((double{neighbour.cosine} - largest) / temperature_);
    weights += weight;
    strong += weight * double{scores_[std::size_t{2} * neighbour.row]};
    weak += weight * double{scores_[std::size_t{2} * neighbour.row + 1]};
  }
  Explanation explanation{
      .basis =
          fmt::format("on the {} most similar training queries, with similarities of {:.2f} to "
                      "{:.2f}, {} scored {:.2f} in the weighted mean and {} {:.2f}",
                      nearest.size(), nearest.front().cosine, nearest.back().cosine,
                      info_.strong_model, strong / weights, info_.weak_model, weak / weights),
      .compared_with = "leaving that query out",
      .reasons = {}};
  for (const Neighbour& neighbour : nearest) {
    const double weight = std::exp((double{neighbour.cosine} - largest) / temperature_);
    const double strong_score = double{scores_[std::size_t{2} * neighbour.row]};
    const double weak_score = double{scores_[std::size_t{2} * neighbour.row + 1]};
    explanation.reasons.push_back(
        {fmt::format("{}, similarity {:.2f}: {} scored {:.2g}, {} {:.2g}",
                     labels_.empty() ? fmt::format("training query {}", neighbour.row + 1)
                                     : labels_[neighbour.row],
                     neighbour.cosine, info_.strong_model, strong_score, info_.weak_model,
                     weak_score),
         weight / weights * (0.5 + 0.5 * (strong_score - weak_score) - win_rate)});
  }
  std::stable_sort(
      explanation.reasons.begin(), explanation.reasons.end(),
      [](const Reason& a, const Reason& b) { return std::abs(a.effect) > std::abs(b.effect); });
  return explanation;
}

}  // namespace routellm::routing
