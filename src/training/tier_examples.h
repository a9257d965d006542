// Battles between models that are clearly apart, as if they were of one pair.
#pragma once

#include <cstddef>
#include <vector>

#include "core/error.h"
#include "data/dataset.h"
#include "training/pair_examples.h"

namespace routellm::training {

struct TierExamples {
  std::vector<PairExample> examples;  // one for each battle that counts, in order
  std::size_t strong_models = 0;      // that are the strong one in some
};

// Ranks the models by their battles (Bradley-Terry, with a tenth of a win of each over each other,
// so that all can be ranked), puts them into ten tiers of neighbours (routing::MakeTiers) and takes
// each battle between models at least `apart` tiers apart: the one of the higher tier is the strong
// one. So labels come of many pairs of models, as in Ong et al., arXiv:2406.18665, section 4.1.
// Error kInvalidData if there is no such battle.
[[nodiscard]] Result<TierExamples> FindTierExamples(const data::Dataset& dataset,
                                                    std::size_t apart);

}  // namespace routellm::training
