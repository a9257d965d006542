// Places a new model among those that an `mf` checkpoint knows, without retraining.
//
// The checkpoint's item-response model (routing/mf_functions.h) has one number for each model, its
// ability. A new model's is estimated from its outcomes on a few queries:
//
//   P(success of m on q) = sigmoid(ability_m + easiness(c_q) + a_m * discrimination(c_q) + s + b_q)
//
// where s ~ N(0, 1) is the level of the query's source and b_q ~ N(0, 1.5) what makes the query
// hard beyond its features; outcomes of known models on the same queries tell both. The prior of
// the ability is normal, with the mean and deviation of the known ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "data/dataset.h"
#include "routing/mf_checkpoint.h"
#include "training/response_rows.h"

namespace routellm::training {

// One query, as the model sees it.
struct ProbeItem {
  std::uint32_t query = 0;  // index into Dataset::queries
  double easiness = 0.0;
  double discrimination = 0.0;
  struct Known {
    double ability = 0.0;
    double coordinate = 0.0;
    double score = 0.0;
  };
  std::vector<Known> known;  // what models of the checkpoint did on it
};

// The items of all queries, without what the model `hidden` did, if it is given.
[[nodiscard]] Result<std::vector<ProbeItem>> MakeProbeItems(const data::Dataset& dataset,
                                                            const routing::MfCheckpoint& checkpoint,
                                                            std::optional<std::uint32_t> hidden);

struct AbilityBounds {
  std::optional<double> above;  // the ability is known to be higher than this
  std::optional<double> below;
};

struct Placement {
  double ability = 0.0;  // the maximum of the posterior
  double error = 0.0;    // the posterior's standard deviation
  std::size_t answers = 0;
  std::size_t known_answers = 0;  // outcomes of known models on the same queries
  std::vector<double> grid;       // abilities, evenly spaced
  std::vector<double> posterior;  // of each, adding up to 1

  // The probability that the ability is higher than that.
  [[nodiscard]] double ChanceAbove(double ability) const;
};

struct ProbeAnswer {
  const ProbeItem* item = nullptr;
  std::uint32_t source = 0;
  double score = 0.0;  // in [0, 1]
};

// No answers: the prior within the bounds. `functions` and `abilities` are the checkpoint's.
[[nodiscard]] Placement PlaceModel(std::span<const ProbeAnswer> answers,
                                   const routing::MfFunctions& functions,
                                   std::span<const double> abilities, const AbilityBounds& bounds);

// The `count` items that tell most about abilities, in the order in which they were chosen: each
// adds most to the sum over the known abilities' range of ln(information), where an item's Fisher
// information is lessened by what is not known of its difficulty. No kind of prompt
// (PromptKind) gets more than its equal share until the others have no more, and no two items share
// a group.
[[nodiscard]] std::vector<std::size_t> ChooseProbe(std::span<const ProbeItem> items,
                                                   std::span<const std::uint32_t> groups,
                                                   std::span<const PromptKind> kinds,
                                                   const routing::MfFunctions& functions,
                                                   std::span<const double> abilities,
                                                   std::size_t count);

// The kinds of all prompts.
[[nodiscard]] Result<std::vector<PromptKind>> PromptKinds(const data::Dataset& dataset,
                                                          const routing::MfCheckpoint& checkpoint);

}  // namespace routellm::training
