// A router's scores of a benchmark's prompts as CSV `index,score`, so that any router can be
// compared with any other.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

#include "core/error.h"

namespace routellm::data {

// The scores of prompts 0 to `count` - 1, higher for prompts that need the strong model more. Rows
// may come in any order; each index must occur once, and each score must be finite. Errors: kIo;
// kInvalidData with file, line and column.
[[nodiscard]] Result<std::vector<double>> ReadScores(const std::filesystem::path& file,
                                                     std::size_t count);

// Writes what ReadScores reads, digits enough to restore each value. Error kIo.
[[nodiscard]] Result<void> WriteScores(const std::filesystem::path& file,
                                       std::span<const double> scores);

}  // namespace routellm::data
