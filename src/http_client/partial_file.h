// The part of a file that has come so far.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "core/error.h"

namespace routellm::http_client {

// An open file that grows, locked against other processes that use this class. What is in it stays
// on the disk for the next run unless it is finished or removed; an empty one does not stay. Not
// thread-safe. All errors are kIo.
class PartialFile {
 public:
  // Opens or makes PATH.part beside `path`.
  [[nodiscard]] static Result<PartialFile> Open(std::filesystem::path path);
  PartialFile(PartialFile&& other) noexcept;
  PartialFile& operator=(PartialFile&&) = delete;
  ~PartialFile();

  [[nodiscard]] const std::filesystem::path& part() const { return part_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }  // bytes

  [[nodiscard]] Result<void> Append(std::string_view bytes);
  [[nodiscard]] Result<void> Clear();  // to 0 bytes

  // Brings the content to the disk and gives the file its name, in one step; it replaces one that
  // is there. Nothing else may be called afterwards.
  [[nodiscard]] Result<void> Finish();

  // Removes the file. Nothing else may be called afterwards.
  void Remove();

 private:
  PartialFile(std::filesystem::path path, std::filesystem::path part, int descriptor);

  void Close();

  std::filesystem::path path_;
  std::filesystem::path part_;
  int descriptor_;       // -1 once it is closed
  bool locked_ = false;  // that is, ours
  std::uint64_t size_ = 0;
};

}  // namespace routellm::http_client
