#include "training/comparisons.h"

namespace routellm::training {
namespace {

Comparison OfBattle(const data::Battle& battle) {
  return {battle.model_a, battle.model_b,       battle.a_wins,
          battle.weight,  battle.sampled_for_a, battle.sampled_for_b};
}

Comparison OfScores(const TrainingSet& set, const TrainingQuery& query, const ModelScore& a,
                    const ModelScore& b) {
  return {a.model, b.model, set.Preference(query, a.score, b.score), 1.0F, false, false};
}

void NormaliseWeights(std::vector<Comparison>& comparisons) {
  float total = 0.0F;
  for (const Comparison& comparison : comparisons) total += comparison.weight;
  for (Comparison& comparison : comparisons) comparison.weight /= total;
}

}  // namespace

void AllComparisons(const TrainingSet& set, const TrainingQuery& query,
                    std::vector<Comparison>& out) {
  out.clear();
  for (const data::Battle& battle : set.Battles(query)) out.push_back(OfBattle(battle));
  const auto scores = set.Scores(query);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) out.push_back(OfScores(set, query, scores[i], scores[j]));
  }
  NormaliseWeights(out);
}

void SampleComparisons(const TrainingSet& set, const TrainingQuery& query, std::size_t count,
                       Random& random, std::vector<Comparison>& out) {
  const auto battles = set.Battles(query);
  const auto scores = set.Scores(query);
  if (battles.size() + scores.size() * (scores.size() - 1) / 2 <= count || battles.size() == 1) {
    return AllComparisons(set, query, out);
  }
  out.clear();
  while (out.size() < count) {
    if (query.has_battles) {
      out.push_back(OfBattle(battles[random.Below(static_cast<std::uint32_t>(battles.size()))]));
    } else {
      const auto i = random.Below(static_cast<std::uint32_t>(scores.size()));
      const auto j = random.Below(static_cast<std::uint32_t>(scores.size() - 1));
      out.push_back(OfScores(set, query, scores[i], scores[j < i ? j : j + 1]));
    }
  }
  NormaliseWeights(out);
}

}  // namespace routellm::training
