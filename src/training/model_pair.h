// The two models of a data set that a router is trained for.
#pragma once

#include <cstdint>
#include <string>

#include "core/error.h"
#include "data/dataset.h"

namespace routellm::training {

struct ModelPair {
  std::uint32_t strong = 0;  // indices into Dataset::models
  std::uint32_t weak = 0;
};

// Error kInvalidRequest if the data do not know a model, or both are the same.
[[nodiscard]] Result<ModelPair> FindModels(const data::Dataset& dataset,
                                           const std::string& strong_model,
                                           const std::string& weak_model);

}  // namespace routellm::training
