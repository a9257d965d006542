// From judgements of a pair of models to one label for each prompt.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/error.h"
#include "data/dataset.h"
#include "training/own_labels_trainer.h"

namespace routellm::training {

struct PairLabels {
  std::vector<LabelledPrompt> labels;  // of distinct prompts, which point into the data set
  std::vector<std::uint32_t> queries;  // of the data set, one for each label
  std::size_t one_sided = 0;      // prompts with an outcome of one of the models only: left out
  std::size_t empty = 0;          // prompts without a text: left out
  std::size_t repeated = 0;       // prompts that were judged more than once: the mean is taken
  std::size_t contradicting = 0;  // of those, with judgements that differ
};

// A prompt's gain is the difference of the models' mean outcomes on all queries with its text, or,
// where there are battles between the two, the weighted share that the strong model won less that
// which it lost. Errors: kInvalidRequest for a model that the data do not know, or the same model
// twice; kInvalidData if no prompt tells of both.
[[nodiscard]] Result<PairLabels> FindPairLabels(const data::Dataset& dataset,
                                                const std::string& strong_model,
                                                const std::string& weak_model);

}  // namespace routellm::training
