// Vectors of texts that are on the way into a file, kept so that an interrupted run can go on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string_view>

#include "core/error.h"
#include "embedding/embedder.h"

namespace routellm::embedding {

// A line that says what the vectors are of, then their rows as floats of this machine. Not
// thread-safe.
class PartialVectors {
 public:
  // Opens `file` and takes up its rows if it has been made for the same texts and the same
  // identity; else begins it anew. A row that was cut off is left out. Error kIo.
  [[nodiscard]] static Result<PartialVectors> Open(const std::filesystem::path& file,
                                                   std::span<const std::string_view> texts,
                                                   const EmbedderIdentity& identity);

  // The rows so far, those of the first texts.
  [[nodiscard]] const Matrix& vectors() const { return vectors_; }

  // Adds rows, in memory and in the file. Error kIo.
  [[nodiscard]] Result<void> Append(const Matrix& rows);

  // Ends and removes the file.
  void Remove();

 private:
  PartialVectors() = default;

  std::filesystem::path file_;
  std::ofstream out_;
  Matrix vectors_;
};

}  // namespace routellm::embedding
