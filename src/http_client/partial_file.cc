#include "http_client/partial_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>

namespace routellm::http_client {
namespace fs = std::filesystem;
namespace {

tl::unexpected<Error> IoError(const char* what, const fs::path& path, int error = errno) {
  return Fail(ErrorCode::kIo, what, path.string() + ": " + std::strerror(error));
}

// Whether `path` still names the open file: another process may have finished it before the lock.
bool Names(const fs::path& path, const struct stat& open) {
  struct stat named {};
  return ::lstat(path.c_str(), &named) == 0 && named.st_dev == open.st_dev &&
         named.st_ino == open.st_ino;
}

void SyncFolder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

Result<PartialFile> PartialFile::Open(fs::path path) {
  fs::path part = path;
  part += ".part";
  const int descriptor = ::open(part.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (descriptor < 0) return IoError("cannot write a file", part);
  PartialFile file(std::move(path), std::move(part), descriptor);
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return IoError("cannot write a file", file.part_);
  if (!S_ISREG(status.st_mode)) return IoError("cannot write a file", file.part_, EINVAL);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 || !Names(file.part_, status)) {
    return Fail(ErrorCode::kIo, "another process is downloading this file", file.path_.string());
  }
  file.locked_ = true;
  const off_t end = ::lseek(descriptor, 0, SEEK_END);
  if (end < 0) return IoError("cannot write a file", file.part_);
  file.size_ = static_cast<std::uint64_t>(end);
  return file;
}

PartialFile::PartialFile(fs::path path, fs::path part, int descriptor)
    : path_(std::move(path)), part_(std::move(part)), descriptor_(descriptor) {}

PartialFile::PartialFile(PartialFile&& other) noexcept
    : path_(std::move(other.path_)),
      part_(std::move(other.part_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      locked_(other.locked_),
      size_(other.size_) {}

PartialFile::~PartialFile() {
  if (descriptor_ >= 0 && locked_ && size_ == 0) ::unlink(part_.c_str());
  Close();
}

void PartialFile::Close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

Result<void> PartialFile::Append(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return IoError("cannot write a file", part_);
    size_ += static_cast<std::uint64_t>(written);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> PartialFile::Clear() {
  if (::ftruncate(descriptor_, 0) != 0 || ::lseek(descriptor_, 0, SEEK_SET) != 0) {
    return IoError("cannot write a file", part_);
  }
  size_ = 0;
  return {};
}

Result<void> PartialFile::Finish() {
  if (::fsync(descriptor_) != 0 || std::rename(part_.c_str(), path_.c_str()) != 0) {
    return IoError("cannot write a file", path_);
  }
  Close();
  SyncFolder(fs::absolute(path_).parent_path());
  return {};
}

void PartialFile::Remove() {
  ::unlink(part_.c_str());
  Close();
}

}  // namespace routellm::http_client
