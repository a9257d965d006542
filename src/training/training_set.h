// A data set made ready for training: prompts as feature bags, judgements by query.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "text/feature_bag.h"
#include "text/hashed_features.h"
#include "training/crew.h"

namespace routellm::training {

struct ModelScore {
  std::uint32_t model = 0;
  float score = 0;
};

// One query that at least two models were compared on.
struct TrainingQuery {
  std::uint32_t source = 0;
  std::uint32_t task = 0;
  std::uint32_t group = 0;
  std::size_t features_begin = 0;  // into TrainingSet::buckets and weights
  std::size_t features_end = 0;
  std::array<float, text::FeatureBag::kDenseFacts> dense{};
  std::size_t judgements_begin = 0;  // into TrainingSet::battles if has_battles, else into scores
  std::size_t judgements_end = 0;
  bool has_battles = false;
};

struct TrainingSet {
  std::vector<std::string> models;
  std::vector<std::string> sources;
  std::vector<std::string> tasks;
  std::vector<TrainingQuery> queries;
  std::vector<std::uint32_t> buckets;
  std::vector<float> weights;
  std::vector<ModelScore> scores;
  std::vector<data::Battle> battles;
  // By source: the root mean square of the differences between two models' scores on one query, of
  // those that are not 0. It is 1 where answers are right or wrong, and less where they are graded.
  std::vector<float> score_unit;

  [[nodiscard]] std::span<const ModelScore> Scores(const TrainingQuery& query) const;
  [[nodiscard]] std::span<const data::Battle> Battles(const TrainingQuery& query) const;

  // How often the first model is preferred, in [0, 1], by two scores on one query: 1 or 0 for a
  // difference of at least the source's unit, one half for none.
  [[nodiscard]] float Preference(const TrainingQuery& query, float first, float second) const;
};

// Extracts the features of every query by `extractor`, with all of `crew`. Of a prompt only the
// first `max_prompt_bytes` are looked at. Queries without a comparison are left out.
[[nodiscard]] TrainingSet MakeTrainingSet(const data::Dataset& dataset,
                                          const text::HashedFeatures& extractor,
                                          std::size_t max_prompt_bytes, Crew& crew);

// The queries of a training set, parted by group.
struct Split {
  std::vector<std::uint32_t> training;
  std::vector<std::uint32_t> held_out;
};

// Holds out each group with probability `share`, by `seed`; the choice for a group depends on
// nothing else.
[[nodiscard]] Split SplitByGroup(const TrainingSet& set, double share, std::uint64_t seed);

// Holds out all queries of one source, and leaves out queries of other sources that share a group
// with them.
[[nodiscard]] Split SplitBySource(const TrainingSet& set, std::uint32_t source);

}  // namespace routellm::training
