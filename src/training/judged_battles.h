// Battles that are outcomes in disguise.
#pragma once

#include "data/dataset.h"

namespace routellm::training {

// Where every battle of a source is against one and the same model, a judge has graded each answer
// against a fixed baseline. Such battles become outcomes: the score of the other model on the query
// is its mean result. The baseline itself gets none. Other battles stay.
[[nodiscard]] data::Dataset JudgedBattlesAsOutcomes(data::Dataset dataset);

}  // namespace routellm::training
