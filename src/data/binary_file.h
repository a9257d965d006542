// Whole files as bytes.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/error.h"

namespace routellm::data {

// Error kIo, with the path, if the file cannot be read; a folder cannot.
[[nodiscard]] Result<std::vector<std::byte>> ReadBinaryFile(const std::string& path);

}  // namespace routellm::data
