// What the `mf` routers have in common: one pair of models out of a table.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace routellm::routing {

// A view of a checkpoint's models. `vectors` is P [names, d], row-major, without a zero row;
// `classifier` is c [d]. The default pair may be empty.
struct MfModels {
  std::span<const std::string> names;
  std::span<const float> vectors;
  std::span<const float> classifier;
  std::string_view strong_model;
  std::string_view weak_model;
};

struct MfPair {
  std::string strong_model;
  std::string weak_model;
  bool is_default = false;
  // c * (P_a / |P_a| - P_b / |P_b|), element-wise, a the strong and b the weak model: what the
  // projected prompt is multiplied with. [d]
  std::vector<double> direction;
};

// Empty names: those of the default pair. Error kInvalidRequest if a name is none of the models,
// if both are the same, or if neither a name is given nor the checkpoint has a default pair.
[[nodiscard]] Result<MfPair> MakeMfPair(const MfModels& models, std::string_view strong_model,
                                        std::string_view weak_model);

// The position of `model` in `names`. Error kInvalidRequest if there is none.
[[nodiscard]] Result<std::size_t> FindModel(std::span<const std::string> names,
                                            std::string_view model);

}  // namespace routellm::routing
