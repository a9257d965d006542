// Evaluation prompts that occur in training data.
#pragma once

#include <filesystem>
#include <string>
#include <unordered_set>

#include "core/error.h"

namespace routellm::data {

using ContaminatedPrompts = std::unordered_set<std::string>;

// The values of `eval_prompt` in a JSON Lines file. Errors: kIo; kInvalidData with file, line and
// key.
[[nodiscard]] Result<ContaminatedPrompts> ReadContaminatedPrompts(
    const std::filesystem::path& file);

}  // namespace routellm::data
