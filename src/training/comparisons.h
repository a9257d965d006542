// Labels of any kind as comparisons of two models on one query.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "data/dataset.h"

namespace routellm::training {

struct Comparison {
  std::uint32_t query = 0;  // index into Dataset::queries
  std::uint32_t model_a = 0;
  std::uint32_t model_b = 0;
  float a_wins = 0.5F;  // model a's share of the win, in [0, 1]
  float weight = 1.0F;  // > 0
  // As in data::Battle, where such votes get intercepts of their own; else false.
  bool sampled_for_a = false;
  bool sampled_for_b = false;
};

// What becomes of votes that were drawn because of their result (data::Battle::sampled_for_a).
enum class SampledVotes : std::uint8_t {
  kIntercepts,  // they teach how preference varies with the prompt, not how often the model wins
  kPlain,       // they count as any others
  kLeftOut,
};

struct ComparisonOptions {
  SampledVotes sampled = SampledVotes::kIntercepts;
  // Outcomes of one query are compared two by two; of more pairs than this, so many are drawn.
  std::size_t most_per_query = 16;
  std::uint64_t seed = 1;  // of that draw
};

// Battles as they are, a tie being half a win; then outcomes, where model a's share is
// 1/2 + (score of a - score of b) / 2. The order depends on the data alone.
[[nodiscard]] std::vector<Comparison> MakeComparisons(const data::Dataset& dataset,
                                                      const ComparisonOptions& options);

// What comparisons say without a look at their prompts.
struct Strengths {
  std::vector<double> models;   // by model: natural logarithm of odds
  std::vector<double> sampled;  // by model: added to its side where the vote was sampled for it
};

// Bradley-Terry (Bradley and Terry, 1952) with those intercepts, at the mode of a standard normal
// prior on each number, by Newton's method.
[[nodiscard]] Strengths FitStrengths(std::span<const Comparison> comparisons, std::size_t models);

// The logit of `comparison` by strengths alone.
[[nodiscard]] double LogitOf(const Comparison& comparison, const Strengths& strengths);

}  // namespace routellm::training
