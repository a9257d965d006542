#include "routing/sw_ranking_router.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <string>
#include <utility>

#include "routing/bradley_terry.h"
#include "routing/published_models.h"

namespace routellm::routing {
namespace {

// Memory of one thread, kept from query to query.
struct Scratch {
  std::vector<float> cosines;  // of the rows of embeddings
  std::vector<float> weights;  // of the same
  std::vector<double> wins;
  std::vector<double> strengths;  // of the tiers
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
  auto ranking = RankBattles(options.battles_path);
  if (!ranking) return tl::unexpected(ranking.error());
  auto embeddings = BattleEmbeddings::Load(options.embeddings_path, options.precision);
  if (!embeddings) return tl::unexpected(embeddings.error());
  if (embeddings->battles() != ranking->battles.size()) {
    return Fail(ErrorCode::kInvalidData,
                options.embeddings_path + ": has " + std::to_string(embeddings->battles()) +
                    " embeddings for " + std::to_string(ranking->battles.size()) + " battles in " +
                    options.battles_path);
  }
  const auto named = [](const std::string& model, const std::string& in_file,
                        std::string_view published) {
    return !model.empty() ? model : !in_file.empty() ? in_file : std::string(published);
  };
  const PairMetadata& pair = embeddings->pair();
  const std::string strong = named(options.strong_model, pair.strong_model, kPublishedStrongModel);
  const std::string weak = named(options.weak_model, pair.weak_model, kPublishedWeakModel);
  return Create(*ranking, *std::move(embeddings), strong, weak);
}

Result<std::unique_ptr<const SwRankingRouter>> SwRankingRouter::Create(
    const BattleRanking& ranking, BattleEmbeddings embeddings, const std::string& strong_model,
    const std::string& weak_model) {
  if (strong_model == weak_model)
    return Fail(ErrorCode::kInvalidRequest, "the strong and the weak model are the same");
  const auto strong_tier = FindTier(ranking, strong_model);
  if (!strong_tier) return tl::unexpected(strong_tier.error());
  const auto weak_tier = FindTier(ranking, weak_model);
  if (!weak_tier) return tl::unexpected(weak_tier.error());
  RouterInfo info{.name = "sw_ranking",
                  .strong_model = strong_model,
                  .weak_model = weak_model,
                  .evidence = EvidenceKind::kEmbedding,
                  .description = "ranking of the models by battles over similar prompts",
                  .win_rate_quantiles = {},
                  .embedder = embeddings.embedder()};
  const PairMetadata& pair = embeddings.pair();
  if (strong_model == pair.strong_model && weak_model == pair.weak_model)
    info.win_rate_quantiles = pair.win_rate_quantiles;
  std::unique_ptr<SwRankingRouter> router(
      new SwRankingRouter(std::move(embeddings), std::move(info)));
  router->strong_tier_ = *strong_tier;
  router->weak_tier_ = *weak_tier;
  router->Prepare(ranking);
  return router;
}

void SwRankingRouter::Prepare(BattleRanking ranking) {
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
  static_assert(kResults == 3);
  Sums sums{};
  for (std::size_t i = 0; i < kinds_.size(); ++i)
    sums[kinds_[i]] += weighted ? double{battle_weights_[i]} : 1.0;
  models_ = std::move(ranking.models);
  battles_ = std::move(ranking.battles);
  tier_strengths_.assign(tiers_, 0.0);
  const auto overall = Fit(sums.data());
  tier_strengths_.assign(overall.begin(), overall.end());
}

auto SwRankingRouter::Compare(const Evidence& evidence) const -> Result<float> {
  const auto embedding = EmbeddingOf(evidence, embeddings_.columns());
  if (!embedding) return tl::unexpected(embedding.error());
  double squares = 0.0;
  for (const float value : *embedding) squares += double{value} * value;
  if (!std::isfinite(squares))
    return Fail(ErrorCode::kInvalidData, "the embedding holds a number that is not finite");
  if (std::sqrt(squares) > kLongestEmbedding)
    return Fail(ErrorCode::kInvalidData, "the embedding is too long");
  Scratch& scratch = ThreadScratch();
  scratch.cosines.assign(embeddings_.rows(), 0.0F);
  if (squares > 0.0) embeddings_.Cosines(*embedding, scratch.cosines);
  const float largest = *std::max_element(scratch.cosines.begin(), scratch.cosines.end());
  const double rate = largest > 0.0F ? std::numbers::ln10 / double{largest} : 0.0;
  scratch.weights.resize(scratch.cosines.size());
  for (std::size_t row = 0; row < scratch.weights.size(); ++row) {
    scratch.weights[row] =
        std::exp(static_cast<float>(rate * (double{scratch.cosines[row]} - double{largest})));
  }
  return largest;
}

double SwRankingRouter::WeightOf(std::size_t battle) const {
  const double weight = double{ThreadScratch().weights[embeddings_.RowOf(battle)]};
  return battle_weights_.empty() ? weight : weight * double{battle_weights_[battle]};
}

auto SwRankingRouter::SumWeights() const -> Sums {
  Sums sums{};
  for (std::size_t i = 0; i < kinds_.size(); ++i) sums[kinds_[i]] += WeightOf(i);
  return sums;
}

WinRate SwRankingRouter::WinRateOf(std::span<const double> strengths) const {
  return WinRate::Clamped(1.0 / (1.0 + std::exp(strengths[weak_tier_] - strengths[strong_tier_])));
}

Result<WinRate> SwRankingRouter::Score(const Query& /*query*/, const Evidence& evidence) const {
  return TierStrengths(evidence).map(
      [this](std::span<const double> strengths) { return WinRateOf(strengths); });
}

Result<std::span<const double>> SwRankingRouter::TierStrengths(const Evidence& evidence) const {
  return Compare(evidence).map([&](float) { return Fit(SumWeights().data()); });
}

Result<Explanation> SwRankingRouter::Explain(const Query& /*query*/,
                                             const Evidence& evidence) const {
  constexpr std::size_t kShown = 20;
  const auto largest = Compare(evidence);
  if (!largest) return tl::unexpected(largest.error());
  const Sums sums = SumWeights();
  const double win_rate = WinRateOf(Fit(sums.data())).value();
  const auto cosine = [&](std::size_t battle) {
    return ThreadScratch().cosines[embeddings_.RowOf(battle)];
  };
  std::vector<std::uint32_t> nearest(battles_.size());
  std::iota(nearest.begin(), nearest.end(), 0U);
  const std::size_t shown = std::min(kShown, nearest.size());
  std::partial_sort(nearest.begin(), nearest.begin() + static_cast<std::ptrdiff_t>(shown),
                    nearest.end(), [&](std::uint32_t a, std::uint32_t b) {
                      return cosine(a) > cosine(b) || (cosine(a) == cosine(b) && a < b);
                    });
  nearest.resize(shown);
  Explanation explanation{
      .basis = fmt::format("{} is in tier {} of the models and {} in tier {}, by {} battles, of "
                           "which the most similar (similarity {:.2f}) count ten times as much as "
                           "unrelated ones",
                           info_.strong_model, strong_tier_ + 1, info_.weak_model, weak_tier_ + 1,
                           battles_.size(), *largest),
      .compared_with = "leaving that battle out",
      .reasons = {}};
  for (const std::uint32_t at : nearest) {
    const RankedBattle& battle = battles_[at];
    Sums without = sums;
    without[kinds_[at]] = std::max(0.0, without[kinds_[at]] - WeightOf(at));
    const std::string& a = models_[battle.model_a];
    const std::string& b = models_[battle.model_b];
    const std::string result = battle.a_wins == 1.0F   ? fmt::format("{} beat {}", a, b)
                               : battle.a_wins == 0.0F ? fmt::format("{} beat {}", b, a)
                                                       : fmt::format("{} and {} tied", a, b);
    explanation.reasons.push_back(
        {fmt::format("battle {}, similarity {:.2f}: {}", at + 1, cosine(at), result),
         win_rate - WinRateOf(Fit(without.data())).value()});
  }
  std::stable_sort(
      explanation.reasons.begin(), explanation.reasons.end(),
      [](const Reason& a, const Reason& b) { return std::abs(a.effect) > std::abs(b.effect); });
  return explanation;
}

std::span<const double> SwRankingRouter::Fit(const double* sums) const {
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
  return scratch.strengths;
}

}  // namespace routellm::routing
