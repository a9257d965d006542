// Whole files as text, and positions within them for error messages.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/error.h"

namespace routellm::data {

// The contents of a file, decompressed if it is gzip (recognised by its first bytes, whatever its
// name). A UTF-8 byte order mark is dropped. Errors: kIo if it cannot be read, kInvalidData if its
// compression is broken or cut off.
[[nodiscard]] Result<std::string> ReadTextFile(const std::filesystem::path& path);

// The error of a file with unusable content: "FILE:LINE: PROBLEM". `line` counts from 1.
[[nodiscard]] Error InvalidData(std::string_view file, std::size_t line, std::string_view problem);

// `text` in quotes, cut to about 40 bytes, for use in messages.
[[nodiscard]] std::string Quoted(std::string_view text);

}  // namespace routellm::data
