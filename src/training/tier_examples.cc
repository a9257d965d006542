#include "training/tier_examples.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <string>

#include "routing/battle_ranking.h"
#include "routing/bradley_terry.h"

namespace routellm::training {
namespace {

constexpr double kPriorWins = 0.1;

// The tier of each model that has battled, by index; 0 is the strongest.
std::vector<std::size_t> TiersOfModels(const data::Dataset& dataset) {
  std::vector<std::uint32_t> models;  // that have battled
  for (const data::Battle& battle : dataset.battles) {
    models.push_back(battle.model_a);
    models.push_back(battle.model_b);
  }
  std::sort(models.begin(), models.end());
  models.erase(std::unique(models.begin(), models.end()), models.end());
  const std::size_t n = models.size();
  const auto place = [&](std::uint32_t model) {
    return static_cast<std::size_t>(std::lower_bound(models.begin(), models.end(), model) -
                                    models.begin());
  };
  std::vector<double> wins(n * n, kPriorWins);
  for (const data::Battle& battle : dataset.battles) {
    const std::size_t a = place(battle.model_a);
    const std::size_t b = place(battle.model_b);
    wins[a * n + b] += double{battle.weight} * double{battle.a_wins};
    wins[b * n + a] += double{battle.weight} * (1.0 - double{battle.a_wins});
  }
  std::vector<double> strengths(n, 0.0);
  routing::BradleyTerryScratch scratch;
  routing::FitBradleyTerry(wins, strengths, scratch);
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](std::size_t i, std::size_t j) { return strengths[i] > strengths[j]; });
  std::vector<double> descending;
  descending.reserve(n);
  for (const std::size_t i : order) descending.push_back(strengths[i]);
  const auto runs = routing::MakeTiers(descending, routing::kTiers);
  std::vector<std::size_t> tiers(dataset.models.size(), 0);
  for (std::size_t i = 0; i < n; ++i) tiers[models[order[i]]] = runs[i];
  return tiers;
}

}  // namespace

Result<TierExamples> FindTierExamples(const data::Dataset& dataset, std::size_t apart) {
  TierExamples found;
  if (!dataset.battles.empty()) {
    const auto tiers = TiersOfModels(dataset);
    std::set<std::uint32_t> strong_models;
    for (const data::Battle& battle : dataset.battles) {
      const std::size_t a = tiers[battle.model_a];
      const std::size_t b = tiers[battle.model_b];
      if (std::max(a, b) - std::min(a, b) < std::max<std::size_t>(apart, 1)) continue;
      const float strong = a < b ? battle.a_wins : 1.0F - battle.a_wins;
      strong_models.insert(a < b ? battle.model_a : battle.model_b);
      found.examples.push_back({.query = battle.query,
                                .group = dataset.queries[battle.query].group,
                                .strong = strong,
                                .weak = 1.0F - strong,
                                .wins = strong == 1.0F ? 1.0F : 0.0F,
                                .ties = strong == 0.5F ? 1.0F : 0.0F,
                                .losses = strong == 0.0F ? 1.0F : 0.0F});
    }
    found.strong_models = strong_models.size();
  }
  if (!found.examples.empty()) return found;
  return Fail(ErrorCode::kInvalidData,
              "no battle is between models that are " + std::to_string(apart) + " tiers apart");
}

}  // namespace routellm::training
