// `routellm models fit`.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/error.h"
#include "routing/mf_checkpoint.h"

namespace routellm::cli {

// The `mf` checkpoint in `path`; empty: the built-in one.
[[nodiscard]] Result<routing::MfCheckpoint> LoadModels(const std::string& path);

struct PlacementFlags {
  std::string model;
  std::vector<std::filesystem::path> outcomes;
  std::vector<std::string> stronger_than;
  std::vector<std::string> weaker_than;
  std::string checkpoint;
  std::string strong_model;  // empty: the checkpoint's
  std::string weak_model;
  std::string out;
};

// Writes a checkpoint that knows the model, and prints where it was placed. Errors: kInvalidRequest
// for names that are unknown or taken, contradictory orders, and nothing to go by; kInvalidData for
// too few outcomes, or outcomes that are all the same; those of the files.
[[nodiscard]] Result<void> FitModel(const PlacementFlags& flags);

}  // namespace routellm::cli
