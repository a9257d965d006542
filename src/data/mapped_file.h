// Whole files as bytes that the operating system reads when they are looked at.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "core/error.h"

namespace routellm::data {

// A file in the address space: pages are shared with whoever else maps it, and may be dropped and
// read again. The file must not be cut off while it is mapped: reading beyond its end then kills
// the process (SIGBUS). One that is replaced by another of the same name is safe. Immutable and
// thread-safe.
class MappedFile {
 public:
  // Error kIo, with the path, if the file cannot be read or is none, such as a folder.
  [[nodiscard]] static Result<MappedFile> Open(const std::string& path);

  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  // At the same address for the whole life of the mapping, also after a move.
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

 private:
  explicit MappedFile(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::span<const std::byte> bytes_;
};

}  // namespace routellm::data
