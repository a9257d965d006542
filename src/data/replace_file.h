// Files that are there whole or not at all.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

#include "core/error.h"

namespace routellm::data {

// Writes all of `parts`, one after the other, to the file `path` and on to the disk; a file that is
// there is replaced at the end, in one step. Error kIo, and then the old file is as it was; also
// where a folder, a device or a pipe is there, which must not give way to a file.
[[nodiscard]] Result<void> ReplaceFile(const std::filesystem::path& path,
                                       std::span<const std::span<const std::byte>> parts);
[[nodiscard]] Result<void> ReplaceFile(const std::filesystem::path& path, std::string_view text);

}  // namespace routellm::data
