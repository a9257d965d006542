// Trains the built-in kind of `mf` router from outcomes and battles.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/error.h"
#include "data/dataset.h"
#include "routing/mf_checkpoint.h"
#include "text/hashed_features.h"
#include "training/mf_evaluation.h"
#include "training/mf_optimizer.h"

namespace routellm::training {

struct MfTrainingOptions {
  MfHyperparameters hyper;
  text::HashedFeatureSpec features;
  std::string strong_model;  // the default pair
  std::string weak_model;
  double validation = 0.1;     // share of the groups that is held out, in (0, 1)
  std::string holdout_source;  // if not empty: hold out this source instead
  std::size_t patience = 3;    // epochs without a better held-out loss before training ends
  std::size_t max_prompt_bytes = 32 * 1024;  // of a prompt, no more is looked at
  unsigned threads = 1;                      // at least 1; the result does not depend on it
  std::uint64_t seed = 1;
};

struct EpochSummary {
  std::size_t epoch = 0;  // from 1
  double seconds = 0.0;   // of the training alone
  std::size_t queries = 0;
  double training_loss = 0.0;
  HeldOutReport held_out;
};

// Follows a training run; called by the thread that trains.
class TrainingObserver {
 public:
  virtual ~TrainingObserver() = default;
  // Between batches; `done` of the run's `total` queries. Returning false ends the training without
  // a result.
  virtual bool OnBatch(std::size_t done, std::size_t total) = 0;
  virtual void OnEpoch(const EpochSummary& summary) = 0;
};

struct MfTraining {
  routing::MfCheckpoint checkpoint;  // of the epoch with the lowest held-out loss, calibrated
  std::size_t best_epoch = 0;        // from 1
  HeldOutReport held_out;            // of that epoch
  // The default pair's held-out comparisons, less votes drawn for their result, that the
  // calibration was fitted on, and its expected error over 10 bins when fitted on one half and
  // judged on the other.
  std::size_t calibration_comparisons = 0;
  double calibration_error = 0.0;
};

// nullopt if `observer` ended it. Deterministic: equal data, options and seed give equal
// checkpoints. Errors: kInvalidRequest for models or a source that the data do not have, or options
// out of range; kInvalidData if nothing is left to train on or to hold out.
[[nodiscard]] Result<std::optional<MfTraining>> TrainMf(const data::Dataset& dataset,
                                                        const MfTrainingOptions& options,
                                                        TrainingObserver& observer);

}  // namespace routellm::training
