// The `knn` router: what both models did on the most similar queries that were seen in training.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "routing/knn_checkpoint.h"
#include "routing/neighbours.h"
#include "routing/router.h"

namespace routellm::routing {

// 1/2 + (s - w) / 2, where s and w are the strong and the weak model's mean scores on the queries
// of `nearest` (at least one, the nearest first), weighted in proportion to exp(cosine /
// temperature). `scores`: [queries, 2], strong and weak.
[[nodiscard]] double KnnWinRate(std::span<const Neighbour> nearest, std::span<const float> scores,
                                double temperature);

class KnnRouter final : public Router {
 public:
  // `checkpoint` must be valid.
  [[nodiscard]] static std::unique_ptr<const KnnRouter> Create(KnnCheckpoint checkpoint);

  [[nodiscard]] const RouterInfo& Info() const override { return info_; }

  // Looks at the embedding alone, which may have any length; one of zeros, which is like no query,
  // gets the win rate over all queries. Error kInvalidData if there is none, if it has another
  // number of dimensions, or holds a number that is not finite. With a graph, a search allocates.
  [[nodiscard]] Result<WinRate> Score(const Query& query, const Evidence& evidence) const override;

  // A reason for each of the nearest queries: its effect is the difference that it makes to leave
  // it out, to first order.
  [[nodiscard]] Result<Explanation> Explain(const Query& query,
                                            const Evidence& evidence) const override;

 private:
  explicit KnnRouter(RouterInfo info) : info_(std::move(info)) {}

  // Replaces `nearest` by the nearest queries; leaves it empty for an embedding of zeros. Error
  // kInvalidData, as Score.
  [[nodiscard]] Result<void> FindNearest(const Evidence& evidence,
                                         std::vector<Neighbour>& nearest) const;

  RouterInfo info_;
  std::unique_ptr<const NeighbourSearch> search_;
  std::vector<float> scores_;
  std::vector<std::string> labels_;  // of the queries; empty: none are known
  std::size_t dimension_ = 0;
  std::size_t neighbours_ = 0;
  double temperature_ = 0.0;
  double overall_ = 0.0;  // the win rate over all queries
};

}  // namespace routellm::routing
