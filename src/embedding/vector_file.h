// Vectors that were computed elsewhere.
#pragma once

#include <filesystem>

#include "core/error.h"
#include "embedding/embedder.h"

namespace routellm::embedding {

// The two-dimensional array in a NumPy file (`*.npy`: float64, float32, float16) or in a
// safetensors file (any other name; its only tensor, of F64, F32, F16 or BF16). Row i belongs to
// the i-th text of whatever the vectors were computed of; rows need not have length 1. Errors: kIo;
// kInvalidData for a broken file, another shape or type, no columns, or a number that is not
// finite, which is named by its row and column, from 0.
[[nodiscard]] Result<Matrix> LoadVectors(const std::filesystem::path& file);

}  // namespace routellm::embedding
