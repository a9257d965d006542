#include "training/pair_examples.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "training/model_pair.h"

namespace routellm::training {
namespace {

// Sums over the judgements of one query.
struct Sums {
  float battles = 0.0F;  // their weight
  float wins = 0.0F;
  float ties = 0.0F;
  std::optional<float> strong;
  std::optional<float> weak;
};

std::vector<Sums> SumUp(const data::Dataset& dataset, std::uint32_t strong, std::uint32_t weak) {
  std::vector<Sums> sums(dataset.queries.size());
  for (const data::Outcome& outcome : dataset.outcomes) {
    if (outcome.model == strong) sums[outcome.query].strong = outcome.score;
    if (outcome.model == weak) sums[outcome.query].weak = outcome.score;
  }
  for (const data::Battle& battle : dataset.battles) {
    const bool forward = battle.model_a == strong && battle.model_b == weak;
    if (!forward && !(battle.model_a == weak && battle.model_b == strong)) continue;
    Sums& sum = sums[battle.query];
    sum.battles += battle.weight;
    if (battle.a_wins == 0.5F) {
      sum.ties += battle.weight;
    } else if ((battle.a_wins == 1.0F) == forward) {
      sum.wins += battle.weight;
    }
  }
  return sums;
}

// False if the query does not tell of both models.
bool Judge(const Sums& sums, PairExample& example) {
  if (sums.battles > 0.0F) {
    example.wins = sums.wins / sums.battles;
    example.ties = sums.ties / sums.battles;
    example.losses = std::max(0.0F, 1.0F - example.wins - example.ties);
    example.strong = std::min(1.0F, example.wins + 0.5F * example.ties);
    example.weak = 1.0F - example.strong;
    return true;
  }
  if (!sums.strong || !sums.weak) return false;
  example.strong = *sums.strong;
  example.weak = *sums.weak;
  example.wins = *sums.strong > *sums.weak ? 1.0F : 0.0F;
  example.ties = *sums.strong == *sums.weak ? 1.0F : 0.0F;
  example.losses = 1.0F - example.wins - example.ties;
  return true;
}

}  // namespace

Result<std::vector<PairExample>> FindPairExamples(const data::Dataset& dataset,
                                                  const std::string& strong_model,
                                                  const std::string& weak_model) {
  const auto pair = FindModels(dataset, strong_model, weak_model);
  if (!pair) return tl::unexpected(pair.error());
  const std::vector<Sums> sums = SumUp(dataset, pair->strong, pair->weak);
  std::vector<PairExample> examples;
  for (std::uint32_t i = 0; i < sums.size(); ++i) {
    PairExample example{.query = i, .group = dataset.queries[i].group};
    if (Judge(sums[i], example)) examples.push_back(example);
  }
  if (!examples.empty()) return examples;
  return Fail(ErrorCode::kInvalidData,
              "no query has been judged for both " + strong_model + " and " + weak_model);
}

}  // namespace routellm::training
