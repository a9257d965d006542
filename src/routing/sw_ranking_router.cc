#include "routing/sw_ranking_router.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

#include "routing/bradley_terry.h"
#include "routing/published_models.h"

namespace routellm::routing {
namespace {

// Memory of one thread, kept from query to query.
struct Scratch {
  std::vector<float> cosines;
  std::vector<double> wins;
  std::vector<double> strengths;
  BradleyTerryScratch fit;
};

Scratch& ThreadScratch() {
  thread_local Scratch scratch;
  return scratch;
}

Result<std::size_t> FindTier(const BattleRanking& ranking, const std::string& model) {
  const auto found = std::find(ranking.models.begin(), ranking.models.end(), model);
  if (found == ranking.models.end()) {
    return Fail(ErrorCode::kInvalidRequest,
                "no battle is of model '" + model +
                    "': name the strong and the weak model as the battles do");
  }
  return ranking.tiers[static_cast<std::size_t>(found - ranking.models.begin())];
}

}  // namespace

Result<std::unique_ptr<const SwRankingRouter>> SwRankingRouter::Load(
    const SwRankingOptions& options) {
  const auto ranking = RankBattles(options.battles_path);
  if (!ranking) return tl::unexpected(ranking.error());
  const std::string strong =
      options.strong_model.empty() ? std::string(kPublishedStrongModel) : options.strong_model;
  const std::string weak =
      options.weak_model.empty() ? std::string(kPublishedWeakModel) : options.weak_model;
  if (strong == weak)
    return Fail(ErrorCode::kInvalidRequest, "the strong and the weak model are the same");
  const auto strong_tier = FindTier(*ranking, strong);
  if (!strong_tier) return tl::unexpected(strong_tier.error());
  const auto weak_tier = FindTier(*ranking, weak);
  if (!weak_tier) return tl::unexpected(weak_tier.error());
  auto embeddings = BattleEmbeddings::Load(options.embeddings_path, options.precision);
  if (!embeddings) return tl::unexpected(embeddings.error());
  if (embeddings->rows() != ranking->battles.size()) {
    return Fail(ErrorCode::kInvalidData,
                options.embeddings_path + ": has " + std::to_string(embeddings->rows()) +
                    " embeddings for " + std::to_string(ranking->battles.size()) + " battles in " +
                    options.battles_path);
  }
  const embedding::EmbedderIdentity embedder = embeddings->embedder();
  std::unique_ptr<SwRankingRouter> router(
      new SwRankingRouter(*std::move(embeddings),
                          {.name = "sw_ranking",
                           .strong_model = strong,
                           .weak_model = weak,
                           .evidence = EvidenceKind::kEmbedding,
                           .description = "ranking of the models by battles over similar prompts",
                           .win_rate_quantiles = {},
                           .embedder = embedder}));
  router->strong_tier_ = *strong_tier;
  router->weak_tier_ = *weak_tier;
  router->Prepare(*ranking);
  return router;
}

void SwRankingRouter::Prepare(const BattleRanking& ranking) {
  tiers_ = ranking.tiers.back() + 1;
  kinds_.reserve(ranking.battles.size());
  bool weighted = false;
  for (const RankedBattle& battle : ranking.battles) {
    const std::size_t result = battle.a_wins == 1.0F   ? kAWins
                               : battle.a_wins == 0.0F ? kBWins
                                                       : kTie;
    kinds_.push_back(
        static_cast<std::uint16_t>((result * tiers_ + ranking.tiers[battle.model_a]) * tiers_ +
                                   ranking.tiers[battle.model_b]));
    weighted = weighted || battle.weight != 1.0F;
  }
  if (weighted) {
    battle_weights_.reserve(ranking.battles.size());
    for (const RankedBattle& battle : ranking.battles) battle_weights_.push_back(battle.weight);
  }
  std::array<double, kResults * kTiers * kTiers> sums{};
  for (std::size_t i = 0; i < kinds_.size(); ++i)
    sums[kinds_[i]] += weighted ? double{battle_weights_[i]} : 1.0;
  tier_strengths_.assign(tiers_, 0.0);
  [[maybe_unused]] const WinRate overall = Fit(sums.data());
  tier_strengths_ = ThreadScratch().strengths;
}

Result<WinRate> SwRankingRouter::Score(const Query& /*query*/, const Evidence& evidence) const {
  const auto embedding = EmbeddingOf(evidence, embeddings_.columns());
  if (!embedding) return tl::unexpected(embedding.error());
  double squares = 0.0;
  for (const float value : *embedding) squares += double{value} * value;
  if (!std::isfinite(squares))
    return Fail(ErrorCode::kInvalidData, "the embedding holds a number that is not finite");

  std::vector<float>& cosines = ThreadScratch().cosines;
  cosines.assign(embeddings_.rows(), 0.0F);
  if (squares > 0.0) embeddings_.Cosines(*embedding, cosines);
  const float largest = *std::max_element(cosines.begin(), cosines.end());
  // A factor common to all weights changes nothing: exp(rate * (cos - max cos)) is 1 at most.
  const double rate = largest > 0.0F ? std::numbers::ln10 / double{largest} : 0.0;
  std::array<double, kResults * kTiers * kTiers> sums{};
  for (std::size_t i = 0; i < kinds_.size(); ++i) {
    const double weight =
        std::exp(static_cast<float>(rate * (double{cosines[i]} - double{largest})));
    sums[kinds_[i]] += battle_weights_.empty() ? weight : weight * battle_weights_[i];
  }
  return Fit(sums.data());
}

WinRate SwRankingRouter::Fit(const double* sums) const {
  Scratch& scratch = ThreadScratch();
  scratch.wins.assign(tiers_ * tiers_, 0.0);
  for (std::size_t a = 0; a < tiers_; ++a) {
    for (std::size_t b = 0; b < tiers_; ++b) {
      const auto sum = [&](std::size_t result) { return sums[(result * tiers_ + a) * tiers_ + b]; };
      scratch.wins[a * tiers_ + b] += sum(kAWins) + sum(kTie) / 2.0;
      scratch.wins[b * tiers_ + a] += sum(kBWins) + sum(kTie) / 2.0;
    }
  }
  scratch.strengths = tier_strengths_;
  FitBradleyTerry(scratch.wins, scratch.strengths, scratch.fit);
  return WinRate::Clamped(
      1.0 / (1.0 + std::exp(scratch.strengths[weak_tier_] - scratch.strengths[strong_tier_])));
}

}  // namespace routellm::routing
