#include "routing/battle_ranking.h"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

#include "data/battle_record.h"
#include "routing/bradley_terry.h"

namespace routellm::routing {
namespace {

// Of strengths[first..last], over their number.
double Variance(std::span<const double> strengths, std::size_t first, std::size_t last) {
  const auto run = strengths.subspan(first, last - first + 1);
  const auto size = static_cast<double>(run.size());
  const double mean = std::accumulate(run.begin(), run.end(), 0.0) / size;
  double squares = 0.0;
  for (const double strength : run) squares += (strength - mean) * (strength - mean);
  return squares / size;
}

Result<void> ReadBattles(const std::string& file, BattleRanking& ranking) {
  std::map<std::string, std::uint32_t, std::less<>> indices;
  const auto index = [&](const std::string& model) {
    const auto [entry, is_new] =
        indices.emplace(model, static_cast<std::uint32_t>(ranking.models.size()));
    if (is_new) ranking.models.push_back(model);
    return entry->second;
  };
  return data::ForEachBattle(
      file,
      [&](const data::BattleRecord& battle) -> Result<void> {
        const std::uint32_t a = index(battle.model_a);
        ranking.battles.push_back({a, index(battle.model_b), battle.a_wins, battle.weight});
        return {};
      },
      data::BattleQuery::kIgnored);
}

Result<void> FitStrengths(const std::string& file, BattleRanking& ranking) {
  const std::size_t n = ranking.models.size();
  std::vector<double> wins(n * n);
  for (const RankedBattle& battle : ranking.battles) {
    wins[battle.model_a * n + battle.model_b] += double{battle.weight} * battle.a_wins;
    wins[battle.model_b * n + battle.model_a] += double{battle.weight} * (1.0 - battle.a_wins);
  }
  if (const auto model = FindUnrankable(wins, n)) {
    return Fail(ErrorCode::kInvalidData,
                file +
                    ": the battles do not rank the models: they fall into two groups, of which "
                    "one never beat the other, and which part '" +
                    ranking.models[*model] + "' from '" + ranking.models[0] + "'");
  }
  BradleyTerryScratch scratch;
  ranking.strengths.assign(n, 0.0);
  FitBradleyTerry(wins, ranking.strengths, scratch);
  return {};
}

// Puts the strongest model first.
void Sort(BattleRanking& ranking) {
  const std::size_t n = ranking.models.size();
  std::vector<std::uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return ranking.strengths[a] > ranking.strengths[b];
  });
  std::vector<std::uint32_t> rank(n);
  std::vector<std::string> models(n);
  std::vector<double> strengths(n);
  for (std::uint32_t i = 0; i < n; ++i) {
    rank[order[i]] = i;
    models[i] = std::move(ranking.models[order[i]]);
    strengths[i] = ranking.strengths[order[i]];
  }
  ranking.models = std::move(models);
  ranking.strengths = std::move(strengths);
  for (RankedBattle& battle : ranking.battles) {
    battle.model_a = rank[battle.model_a];
    battle.model_b = rank[battle.model_b];
  }
}

}  // namespace

Result<BattleRanking> RankBattles(const std::string& file) {
  BattleRanking read;
  if (auto ok = ReadBattles(file, read); !ok) return tl::unexpected(ok.error());
  return RankBattles(std::move(read.models), std::move(read.battles), file);
}

Result<BattleRanking> RankBattles(std::vector<std::string> models,
                                  std::vector<RankedBattle> battles, const std::string& origin) {
  BattleRanking ranking;
  ranking.models = std::move(models);
  ranking.battles = std::move(battles);
  if (ranking.battles.empty()) return Fail(ErrorCode::kInvalidData, origin + ": no battles");
  if (auto fitted = FitStrengths(origin, ranking); !fitted) return tl::unexpected(fitted.error());
  Sort(ranking);
  ranking.tiers = MakeTiers(ranking.strengths, kTiers);
  return ranking;
}

std::vector<std::size_t> MakeTiers(std::span<const double> strengths, std::size_t tiers) {
  const std::size_t n = strengths.size();
  if (n == 0) return {};
  // best[j]: the least sum for strengths[0..j] in the runs so far; ends[t][j]: where the runs
  // before the last of t + 1 end. One strength costs nothing in any number of runs.
  std::vector<double> best(n);
  for (std::size_t j = 0; j < n; ++j) best[j] = Variance(strengths, 0, j);
  std::vector<std::vector<std::size_t>> ends(tiers, std::vector<std::size_t>(n));
  for (std::size_t t = 1; t < tiers; ++t) {
    std::vector<double> next(n);
    for (std::size_t j = 1; j < n; ++j) {
      next[j] = std::numeric_limits<double>::infinity();
      for (std::size_t end = 0; end < j; ++end) {
        const double sum = best[end] + Variance(strengths, end + 1, j);
        if (sum >= next[j]) continue;
        next[j] = sum;
        ends[t][j] = end;
      }
    }
    best = std::move(next);
  }
  std::vector<bool> first_of_run(n, false);
  std::size_t last = n - 1;
  for (std::size_t t = tiers; t-- > 1 && last > 0;) {
    first_of_run[ends[t][last] + 1] = true;
    last = ends[t][last];
  }
  std::vector<std::size_t> result(n, 0);
  for (std::size_t i = 1; i < n; ++i) result[i] = result[i - 1] + (first_of_run[i] ? 1 : 0);
  return result;
}

}  // namespace routellm::routing
