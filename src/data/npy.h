// NumPy's .npy: one array in a file, behind a header that is a Python dictionary.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/error.h"
#include "data/safetensors.h"

namespace routellm::data {

// `tensor` points into `file`.
struct NpyArray {
  std::vector<std::byte> file;
  TensorView tensor;
};

// Reads an array of little-endian float64, float32 or float16 in C order, format 1.0, 2.0 or 3.0.
// Errors: kIo if it cannot be read; kInvalidData, with the file's name, for another type or order,
// a header that is garbled, or one that does not fit the file's size.
[[nodiscard]] Result<NpyArray> LoadNpy(const std::string& path);

// Writes an array of F64, F32 or F16 as format 1.0, in one step: a reader of `path` finds the old
// file or the whole new one. Error kIo.
[[nodiscard]] Result<void> SaveNpy(const std::string& path, const TensorView& array);

}  // namespace routellm::data
