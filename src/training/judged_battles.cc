#include "training/judged_battles.h"

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace routellm::training {
namespace {

// By source, the model that takes part in all of its battles, if there is exactly one.
std::map<std::uint32_t, std::uint32_t> FindBaselines(const data::Dataset& dataset) {
  using Pair = std::pair<std::optional<std::uint32_t>, std::optional<std::uint32_t>>;
  std::map<std::uint32_t, Pair> candidates;
  for (const data::Battle& battle : dataset.battles) {
    const auto [found, first] = candidates.try_emplace(dataset.queries[battle.query].source,
                                                       Pair{battle.model_a, battle.model_b});
    if (first) continue;
    for (auto* candidate : {&found->second.first, &found->second.second}) {
      if (*candidate && **candidate != battle.model_a && **candidate != battle.model_b)
        candidate->reset();
    }
  }
  std::map<std::uint32_t, std::uint32_t> baselines;
  for (const auto& [source, pair] : candidates) {
    if (pair.first.has_value() != pair.second.has_value())
      baselines.emplace(source, pair.first ? *pair.first : *pair.second);
  }
  return baselines;
}

}  // namespace

data::Dataset JudgedBattlesAsOutcomes(data::Dataset dataset) {
  const auto baselines = FindBaselines(dataset);
  struct Sum {
    double score = 0.0;
    double weight = 0.0;
  };
  std::map<std::pair<std::uint32_t, std::uint32_t>, Sum> scores;  // by query and model
  std::erase_if(dataset.battles, [&](const data::Battle& battle) {
    const auto baseline = baselines.find(dataset.queries[battle.query].source);
    if (baseline == baselines.end()) return false;
    const bool a_is_judged = battle.model_b == baseline->second;
    const double score = a_is_judged ? battle.a_wins : 1.0 - battle.a_wins;
    Sum& sum = scores[{battle.query, a_is_judged ? battle.model_a : battle.model_b}];
    sum.score += battle.weight * score;
    sum.weight += battle.weight;
    return true;
  });
  for (const auto& [key, sum] : scores)
    dataset.outcomes.push_back({key.first, key.second, static_cast<float>(sum.score / sum.weight)});
  return dataset;
}

}  // namespace routellm::training
