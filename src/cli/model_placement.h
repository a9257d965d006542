// `routellm models fit` and `routellm models validate`.
#pragma once

#include <cstddef>
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

struct ValidationFlags {
  std::vector<std::filesystem::path> outcomes;
  std::string checkpoint;
  std::size_t count = 50;
};

// Places each model of the checkpoint that has at least 200 outcomes by a probe of `count` of its
// queries, which its own outcomes did not choose, and prints how far that is from its ability.
[[nodiscard]] Result<void> ValidatePlacement(const ValidationFlags& flags);

}  // namespace routellm::cli
