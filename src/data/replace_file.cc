#include "data/replace_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <system_error>

namespace routellm::data {
namespace {

// Writes all of `parts` to a new file at `path` and on to the disk.
bool WriteWhole(const std::string& path, std::span<const std::span<const std::byte>> parts) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return false;
  bool good = true;
  for (std::span<const std::byte> part : parts) {
    while (good && !part.empty()) {
      const ssize_t written = ::write(file, part.data(), part.size());
      if (written >= 0) part = part.subspan(static_cast<std::size_t>(written));
      good = written >= 0 || errno == EINTR;
    }
  }
  good = good && ::fsync(file) == 0;
  const int error = errno;
  good = ::close(file) == 0 && good;
  if (!good && error != 0) errno = error;
  return good;
}

}  // namespace

Result<void> ReplaceFile(const std::filesystem::path& path,
                         std::span<const std::span<const std::byte>> parts) {
  std::error_code ignored;
  const auto there = std::filesystem::status(path, ignored);
  if (std::filesystem::exists(there) && !std::filesystem::is_regular_file(there)) {
    return Fail(ErrorCode::kIo, "cannot write " + path.string(), "it is not a regular file");
  }
  const std::string temporary = path.string() + ".tmp" + std::to_string(::getpid());
  if (WriteWhole(temporary, parts) && std::rename(temporary.c_str(), path.c_str()) == 0) return {};
  const std::string reason = std::strerror(errno);
  ::unlink(temporary.c_str());
  return Fail(ErrorCode::kIo, "cannot write " + path.string(), reason);
}

Result<void> ReplaceFile(const std::filesystem::path& path, std::string_view text) {
  const std::array parts = {std::as_bytes(std::span(text))};
  return ReplaceFile(path, parts);
}

}  // namespace routellm::data
