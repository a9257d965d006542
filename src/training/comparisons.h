// The comparisons that a query's judgements amount to.
#pragma once

#include <cstddef>
#include <vector>

#include "training/mf_model.h"
#include "training/random.h"
#include "training/training_set.h"

namespace routellm::training {

// Replaces `out` by all comparisons of `query`: its battles, or every pair of models with a score.
// Their weights add up to 1.
void AllComparisons(const TrainingSet& set, const TrainingQuery& query,
                    std::vector<Comparison>& out);

// As AllComparisons, but at most `count` of them, drawn with replacement where there are more.
void SampleComparisons(const TrainingSet& set, const TrainingQuery& query, std::size_t count,
                       Random& random, std::vector<Comparison>& out);

}  // namespace routellm::training
