// Digests of files.
#pragma once

#include <filesystem>
#include <string>

#include "core/error.h"

namespace routellm::http_client {

// The SHA-256 digest of the file's content, as 64 lower-case hexadecimal digits. kIo if it cannot
// be read. Thread-safe.
[[nodiscard]] Result<std::string> FileSha256(const std::filesystem::path& path);

}  // namespace routellm::http_client
