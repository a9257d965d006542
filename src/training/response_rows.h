// Outcomes in the form that the item-response model is fitted on.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/dataset.h"
#include "text/prompt_features.h"

namespace routellm::training {

// The scale of abilities on which the model is written: that of its default pair.
struct AbilityScale {
  double middle = 0.0;  // between the two models
  double range = 1.0;   // strong less weak, > 0

  [[nodiscard]] double Coordinate(double ability) const { return (ability - middle) / range; }
};

// The mean score on one query of models of like ability: of the strong (at least the middle), the
// weak (down to one range below it) or the weakest.
struct ResponseRow {
  std::uint32_t query = 0;
  std::uint32_t level = 0;  // 0 strong, 1 weak, 2 weakest
  double count = 0.0;       // models
  double score = 0.0;       // their mean, in [0, 1]
  double ability = 0.0;     // their mean
};

// By query and level.
[[nodiscard]] std::vector<ResponseRow> MakeResponseRows(const data::Dataset& dataset,
                                                        std::span<const double> abilities,
                                                        const AbilityScale& scale);

enum class PromptKind : std::uint8_t {
  kOther,
  kMultipleChoice,
  kWordProblem,
  kLatexMathematics,
  kCode
};
[[nodiscard]] PromptKind KindOf(const text::PromptFeatures& features);

// Queries of one source and one kind, for each query: sources mix kinds of different difficulty,
// and which kind a source finds hard is not to be learnt. Kinds with few queries in a source count
// as its "other".
struct Strata {
  std::vector<std::uint32_t> of_query;
  std::size_t count = 0;
};
[[nodiscard]] Strata FindStrata(const data::Dataset& dataset,
                                std::span<const text::PromptFeatures> features);

}  // namespace routellm::training
