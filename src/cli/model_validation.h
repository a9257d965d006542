// `routellm models validate`.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "core/error.h"

namespace routellm::cli {

struct ValidationFlags {
  std::vector<std::filesystem::path> outcomes;
  std::string checkpoint;
  std::size_t count = 50;
};

// Places each model of the checkpoint that has at least 200 outcomes by a probe of `count` of its
// queries, which its own outcomes did not choose, and prints how far that is from its ability.
[[nodiscard]] Result<void> ValidatePlacement(const ValidationFlags& flags);

}  // namespace routellm::cli
