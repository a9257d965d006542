// From the model as it is trained to the checkpoint that routes.
#pragma once

#include <vector>

#include "routing/mf_checkpoint.h"
#include "training/calibration.h"
#include "training/mf_evaluation.h"
#include "training/mf_model.h"
#include "training/training_set.h"

namespace routellm::training {

// What a checkpoint keeps of `model`, with slope 1 and offset 0: the facts' scale is folded into
// their projection, the task shifts' mean over `training`, a query of each source weighing
// `source_weight`, into the bias; the biases of sources and samples are dropped.
[[nodiscard]] routing::MfCheckpoint MakeCheckpoint(const TrainingSet& set,
                                                   const std::vector<std::uint32_t>& training,
                                                   const std::vector<float>& source_weight,
                                                   const MfModel& model,
                                                   const text::HashedFeatureSpec& features,
                                                   ModelPair default_pair);

// The logits of the checkpoint's default pair on `queries`, as a router computes them.
[[nodiscard]] Result<std::vector<float>> DefaultPairLogits(
    const routing::MfCheckpoint& checkpoint, const TrainingSet& set,
    const std::vector<std::uint32_t>& queries);

// The comparisons of just `pair` on `queries`, each with its query's logit. Votes that were drawn
// for their result are left out.
[[nodiscard]] std::vector<Judged> PairJudgements(const TrainingSet& set,
                                                 const std::vector<std::uint32_t>& queries,
                                                 const std::vector<float>& logits, ModelPair pair);

}  // namespace routellm::training
