#include "training/sw_ranking_trainer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <mutex>
#include <span>
#include <utility>

#include "core/parallel.h"
#include "routing/sw_ranking_router.h"
#include "training/linear_algebra.h"
#include "training/model_pair.h"
#include "training/pair_examples.h"

namespace routellm::training {
namespace {

using routing::RankedBattle;
using routing::SwRankingRouter;

constexpr std::size_t kLeastComparisons = 20;

bool IsZero(std::span<const float> row) {
  return std::all_of(row.begin(), row.end(), [](float value) { return value == 0.0F; });
}

// Comparisons as battles: won, lost or tied.
std::vector<Comparison> Battles(const data::Dataset& dataset, const embedding::Matrix& vectors,
                                const SwRankingTrainingOptions& options) {
  auto battles = MakeComparisons(dataset, {.sampled = options.sampled, .seed = options.split.seed});
  std::erase_if(battles,
                [&](const Comparison& battle) { return IsZero(vectors.Row(battle.query)); });
  for (Comparison& battle : battles)
    battle.a_wins = battle.a_wins > 0.5F ? 1.0F : battle.a_wins < 0.5F ? 0.0F : 0.5F;
  return battles;
}

// The models that `from` reaches over `beaten` [models, models]: 1 where the first beat the second.
std::vector<char> Reached(const std::vector<char>& beaten, std::size_t models, std::uint32_t from,
                          bool backwards) {
  std::vector<char> reached(models, 0);
  std::vector<std::size_t> open{from};
  reached[from] = 1;
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    for (std::size_t next = 0; next < models; ++next) {
      const char edge = backwards ? beaten[next * models + at] : beaten[at * models + next];
      if (edge == 0 || reached[next] != 0) continue;
      reached[next] = 1;
      open.push_back(next);
    }
  }
  return reached;
}

// Which models beat and are beaten by `strong`, directly or through others.
std::vector<char> RankedWith(std::uint32_t strong, const std::vector<Comparison>& battles,
                             std::size_t models) {
  std::vector<char> beaten(models * models, 0);
  for (const Comparison& battle : battles) {
    if (battle.a_wins > 0.0F) beaten[battle.model_a * models + battle.model_b] = 1;
    if (battle.a_wins < 1.0F) beaten[battle.model_b * models + battle.model_a] = 1;
  }
  auto ranked = Reached(beaten, models, strong, false);
  const auto backwards = Reached(beaten, models, strong, true);
  for (std::size_t m = 0; m < models; ++m) ranked[m] = ranked[m] != 0 && backwards[m] != 0 ? 1 : 0;
  return ranked;
}

// Battles that rank their models, and a row of embeddings for each of their queries.
struct Remembered {
  std::vector<std::string> models;
  std::vector<RankedBattle> battles;
  embedding::Matrix vectors;
  std::vector<std::uint32_t> row_of_battle;
};

Result<Remembered> Remember(const data::Dataset& dataset, const embedding::Matrix& vectors,
                            const std::vector<Comparison>& battles, std::uint32_t strong,
                            std::uint32_t weak) {
  const auto ranked = RankedWith(strong, battles, dataset.models.size());
  if (ranked[weak] == 0) {
    return Fail(ErrorCode::kInvalidData, "the battles do not rank '" + dataset.models[strong] +
                                             "' and '" + dataset.models[weak] +
                                             "': no chain of wins leads from one to the other "
                                             "and back");
  }
  Remembered kept;
  kept.vectors.columns = vectors.columns;
  std::vector<std::uint32_t> index(dataset.models.size());
  for (std::size_t m = 0; m < ranked.size(); ++m) {
    if (ranked[m] == 0) continue;
    index[m] = static_cast<std::uint32_t>(kept.models.size());
    kept.models.push_back(dataset.models[m]);
  }
  constexpr std::uint32_t kNoRow = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint32_t> row_of_query(dataset.queries.size(), kNoRow);
  for (const Comparison& battle : battles) {
    if (ranked[battle.model_a] == 0 || ranked[battle.model_b] == 0) continue;
    kept.battles.push_back(
        {index[battle.model_a], index[battle.model_b], battle.a_wins, battle.weight});
    std::uint32_t& row = row_of_query[battle.query];
    if (row == kNoRow) {
      row = static_cast<std::uint32_t>(kept.vectors.rows++);
      const auto values = vectors.Row(battle.query);
      kept.vectors.values.insert(kept.vectors.values.end(), values.begin(), values.end());
    }
    kept.row_of_battle.push_back(row);
  }
  return kept;
}

// A ranking of part of the battles, to be judged by the rest.
struct Judge {
  routing::BattleRanking ranking;
  std::unique_ptr<const SwRankingRouter> router;
  std::vector<std::size_t> tiers;  // of the data's models; kNoTier for those that are not ranked
};

constexpr std::size_t kNoTier = static_cast<std::size_t>(-1);

Result<Judge> MakeJudge(const data::Dataset& dataset, Remembered kept,
                        const SwRankingTrainingOptions& options) {
  Judge judge;
  auto ranking =
      routing::RankBattles(std::move(kept.models), std::move(kept.battles), "training battles");
  if (!ranking) return tl::unexpected(ranking.error());
  judge.ranking = *std::move(ranking);
  auto embeddings =
      routing::BattleEmbeddings::Make(std::move(kept.vectors), std::move(kept.row_of_battle),
                                      routing::Precision::kFloat, "embeddings of battles");
  if (!embeddings) return tl::unexpected(embeddings.error());
  auto router = SwRankingRouter::Create(judge.ranking, *std::move(embeddings), options.strong_model,
                                        options.weak_model);
  if (!router) return tl::unexpected(router.error());
  judge.router = *std::move(router);
  for (const std::string& model : dataset.models) {
    const auto found = std::find(judge.ranking.models.begin(), judge.ranking.models.end(), model);
    judge.tiers.push_back(
        found == judge.ranking.models.end()
            ? kNoTier
            : judge.ranking.tiers[static_cast<std::size_t>(found - judge.ranking.models.begin())]);
  }
  return judge;
}

struct Predictions {
  std::vector<double> logits;     // of the comparison's model a
  std::vector<double> win_rates;  // of the pair
};

Result<Predictions> Predict(
    const Judge& judge, const std::vector<Comparison>& comparisons,
    const embedding::Matrix& vectors,
    const std::function<void(std::size_t done, std::size_t total)>& progress,
    const std::atomic<bool>& cancelled) {
  const std::size_t count = comparisons.size();
  Predictions predictions{std::vector<double>(count), std::vector<double>(count)};
  const auto tier = [&](const std::string& model) {
    const auto found = std::find(judge.ranking.models.begin(), judge.ranking.models.end(), model);
    return judge.ranking.tiers[static_cast<std::size_t>(found - judge.ranking.models.begin())];
  };
  const std::size_t strong = tier(judge.router->Info().strong_model);
  const std::size_t weak = tier(judge.router->Info().weak_model);
  std::mutex mutex;  // protects the two below
  std::size_t done = 0;
  std::optional<Error> error;
  ParallelFor(count, [&](std::size_t i) {
    if (cancelled) return;
    const auto strengths = judge.router->TierStrengths(vectors.Row(comparisons[i].query));
    if (strengths) {
      predictions.logits[i] = (*strengths)[judge.tiers[comparisons[i].model_a]] -
                              (*strengths)[judge.tiers[comparisons[i].model_b]];
      predictions.win_rates[i] = Sigmoid((*strengths)[strong] - (*strengths)[weak]);
    }
    const std::lock_guard lock(mutex);
    if (!strengths) error = strengths.error();
    progress(++done, count);
  });
  if (cancelled) return Fail(ErrorCode::kCancelled, "the training was stopped");
  if (error) return tl::unexpected(*std::move(error));
  return predictions;
}

// Every so many-th of them, at most `most`.
void Thin(std::vector<Comparison>& comparisons, std::size_t most) {
  if (comparisons.size() <= most) return;
  std::vector<Comparison> kept;
  for (std::size_t i = 0; i < most; ++i) kept.push_back(comparisons[i * comparisons.size() / most]);
  comparisons = std::move(kept);
}

std::vector<Judged> AsJudged(const std::vector<double>& win_rates) {
  std::vector<Judged> judged;
  judged.reserve(win_rates.size());
  for (const double win_rate : win_rates) judged.push_back({.score = static_cast<float>(win_rate)});
  return judged;
}

// Nothing if no judged query tells of both models.
std::optional<PairFigures> JudgeHeldOutPair(const data::Dataset& dataset,
                                            const std::vector<Comparison>& comparisons,
                                            const std::vector<double>& win_rates,
                                            const SwRankingTrainingOptions& options) {
  const auto examples = FindPairExamples(dataset, options.strong_model, options.weak_model);
  if (!examples) return std::nullopt;
  std::vector<Judged> judged;
  for (const PairExample& example : *examples) {
    const auto found =
        std::find_if(comparisons.begin(), comparisons.end(),
                     [&](const Comparison& one) { return one.query == example.query; });
    if (found == comparisons.end()) continue;
    const auto at = static_cast<std::size_t>(found - comparisons.begin());
    judged.push_back({static_cast<float>(win_rates[at]), example.Preference()});
  }
  if (judged.empty()) return std::nullopt;
  return JudgePair(judged);
}

}  // namespace

Result<SwRankingTraining> TrainSwRanking(
    const data::Dataset& dataset, const embedding::Matrix& vectors,
    const SwRankingTrainingOptions& options,
    const std::function<void(std::size_t done, std::size_t total)>& progress,
    const std::atomic<bool>& cancelled) {
  if (options.sampled == SampledVotes::kIntercepts)
    return Fail(ErrorCode::kInvalidRequest, "a ranking of battles has no intercepts");
  const auto pair = FindModels(dataset, options.strong_model, options.weak_model);
  if (!pair) return tl::unexpected(pair.error());
  const auto battles = Battles(dataset, vectors, options);
  std::vector<Comparison> seen;
  std::vector<Comparison> held_out;
  for (const Comparison& battle : battles) {
    const bool held = options.split.PartOf(dataset.queries[battle.query]) == Part::kHeldOut;
    (held ? held_out : seen).push_back(battle);
  }
  auto all = Remember(dataset, vectors, battles, pair->strong, pair->weak);
  if (!all) return tl::unexpected(all.error());
  auto part = Remember(dataset, vectors, seen, pair->strong, pair->weak);
  if (!part) return tl::unexpected(part.error());
  const auto judge = MakeJudge(dataset, *std::move(part), options);
  if (!judge) return tl::unexpected(judge.error());
  std::erase_if(held_out, [&](const Comparison& one) {
    return judge->tiers[one.model_a] == kNoTier || judge->tiers[one.model_b] == kNoTier;
  });
  if (held_out.size() < kLeastComparisons || seen.size() < kLeastComparisons) {
    return Fail(ErrorCode::kInvalidData, "too little to rank on: " + std::to_string(seen.size()) +
                                             " battles, and " + std::to_string(held_out.size()) +
                                             " held out; needed are " +
                                             std::to_string(kLeastComparisons) + " of each");
  }
  Thin(held_out, options.most_judged);
  const auto predicted = Predict(*judge, held_out, vectors, progress, cancelled);
  if (!predicted) return tl::unexpected(predicted.error());

  const Strengths strengths = FitStrengths(seen, dataset.models.size());
  SwRankingTraining training;
  training.held_out = JudgeComparisons(held_out, predicted->logits, strengths);
  training.ranking = RankComparisons(held_out, predicted->win_rates, strengths);
  training.pair = JudgeHeldOutPair(dataset, held_out, predicted->win_rates, options);
  training.win_rate_quantiles = WinRateQuantiles(AsJudged(predicted->win_rates));
  for (const std::string& model : dataset.models) {
    if (std::find(all->models.begin(), all->models.end(), model) == all->models.end())
      training.unrankable.push_back(model);
  }
  training.dropped =
      MakeComparisons(dataset, {.sampled = options.sampled}).size() - all->battles.size();
  training.models = std::move(all->models);
  training.battles = std::move(all->battles);
  training.vectors = std::move(all->vectors);
  training.row_of_battle = std::move(all->row_of_battle);
  return training;
}

}  // namespace routellm::training
