// Evaluation prompts that occur in training data.
#pragma once

#include <filesystem>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/error.h"

namespace routellm::data {

using ContaminatedPrompts = std::unordered_set<std::string>;

// The values of `eval_prompt` in a JSON Lines file. Errors: kIo; kInvalidData with file, line and
// key.
[[nodiscard]] Result<ContaminatedPrompts> ReadContaminatedPrompts(
    const std::filesystem::path& file);

// Which lists say what is left out of a benchmark.
struct Exclusions {
  bool own_list = true;                           // contaminated_prompts.jsonl in its folder
  std::vector<std::filesystem::path> more_lists;  // of the same form
};

// The prompts on all these lists. Errors: as ReadContaminatedPrompts.
[[nodiscard]] Result<ContaminatedPrompts> ReadExclusions(const std::filesystem::path& folder,
                                                         const Exclusions& exclusions);

}  // namespace routellm::data
