// `routellm train mf` from a trained router and labels of one's own.
#pragma once

#include <string>

#include "cli/training_vectors.h"
#include "core/error.h"
#include "data/dataset.h"
#include "training/own_labels_trainer.h"

namespace routellm::cli {

struct OwnLabelsFlags {
  data::DataPaths data;
  std::string init;  // "builtin" or a checkpoint
  std::string out;
  VectorFlags vectors = {.embedder = {.embedder = "none"}, .file = {}};
  training::OwnLabelsOptions options;
};

// Trains, writes the checkpoint and prints the report. Errors: kInvalidRequest for flags that are
// missing; kCancelled after Ctrl-C; those of the data, the trainer and the file.
[[nodiscard]] Result<void> TrainOwnLabels(const OwnLabelsFlags& flags);

}  // namespace routellm::cli
