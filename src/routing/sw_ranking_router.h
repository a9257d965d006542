// The `sw_ranking` router: a ranking of the models in which battles over similar prompts count
// more.
//
// For a query, each battle weighs 10 * 10^(cos / max cos), where cos is the similarity of its
// prompt's embedding to the query's; all weigh the same if max cos <= 0. The models are in ten
// tiers; the win rate is that of the strong model's tier over the weak model's in the Bradley-Terry
// model of greatest likelihood for the weighted battles between tiers (Ong et al., RouteLLM,
// arXiv:2406.18665, section 4.2).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "routing/battle_embeddings.h"
#include "routing/battle_ranking.h"
#include "routing/router.h"

namespace routellm::routing {

struct SwRankingOptions {
  std::string battles_path;     // docs/formats/battles.md; prompts are not looked at
  std::string embeddings_path;  // see BattleEmbeddings::Load
  Precision precision = Precision::kFloat;
  // Models of the battles; empty: the pair that the file of embeddings names, else that of the
  // published routers.
  std::string strong_model;
  std::string weak_model;
};

class SwRankingRouter final : public Router {
 public:
  // Errors: those of RankBattles and BattleEmbeddings::Load; kInvalidData for embeddings
  // of another number of battles; kInvalidRequest for a model without battles, or one model named
  // twice.
  [[nodiscard]] static Result<std::unique_ptr<const SwRankingRouter>> Load(
      const SwRankingOptions& options);

  // The same of what is in memory: `embeddings` of as many battles. Errors: kInvalidRequest as
  // above.
  [[nodiscard]] static Result<std::unique_ptr<const SwRankingRouter>> Create(
      const BattleRanking& ranking, BattleEmbeddings embeddings, const std::string& strong_model,
      const std::string& weak_model);

  [[nodiscard]] const RouterInfo& Info() const override { return info_; }

  // Looks at the embedding alone; one of zeros is similar to nothing. Error kInvalidData if there
  // is none, if it has another number of dimensions than the battles', or if it holds a value that
  // is not finite.
  [[nodiscard]] Result<WinRate> Score(const Query& query, const Evidence& evidence) const override;

  // A reason for each of the most similar battles: its effect is what the win rate would lose
  // without it.
  [[nodiscard]] Result<Explanation> Explain(const Query& query,
                                            const Evidence& evidence) const override;

  // The strengths of the tiers (BattleRanking::tiers) for the query of that embedding, as natural
  // logarithms of odds. They hold until this thread's next call of any such router. Errors as
  // Score.
  [[nodiscard]] Result<std::span<const double>> TierStrengths(const Evidence& evidence) const;

 private:
  SwRankingRouter(BattleEmbeddings embeddings, RouterInfo info)
      : embeddings_(std::move(embeddings)), info_(std::move(info)) {}

  void Prepare(BattleRanking ranking);
  // The strengths of the tiers, in memory of the thread.
  [[nodiscard]] std::span<const double> Fit(const double* sums) const;
  [[nodiscard]] WinRate WinRateOf(std::span<const double> strengths) const;

  // What a battle weighs is exp(rate * (cos - largest)), at most 1: a factor common to all weights
  // changes nothing.
  // The cosines and weights of all rows of embeddings are left in the thread's scratch memory.
  // Returns the largest cosine. Errors as Score.
  [[nodiscard]] Result<float> Compare(const Evidence& evidence) const;
  [[nodiscard]] double WeightOf(std::size_t battle) const;
  using Sums = std::array<double, std::size_t{3} * kTiers * kTiers>;  // of weights, by kind
  [[nodiscard]] Sums SumWeights() const;

  // Battles of the same two tiers and the same result are alike: a kind of battle is
  // (result * tiers_ + tier of a) * tiers_ + tier of b.
  enum BattleResult : std::uint8_t { kAWins, kBWins, kTie, kResults };

  BattleEmbeddings embeddings_;
  RouterInfo info_;
  std::size_t tiers_ = 0;
  std::size_t strong_tier_ = 0;
  std::size_t weak_tier_ = 0;
  std::vector<std::string> models_;  // whose battles they are
  std::vector<RankedBattle> battles_;
  std::vector<std::uint16_t> kinds_;    // of each battle
  std::vector<float> battle_weights_;   // of each battle; empty if all are 1
  std::vector<double> tier_strengths_;  // with equal weights: where each fit begins
};

}  // namespace routellm::routing
