// Vectors in files.
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

// Whose vectors a file of LoadVectors holds, as far as it says: the metadata `embedder` and
// `revision` of a safetensors file, else empty names. `dimension` is 0. Errors: kIo; kInvalidData.
[[nodiscard]] Result<EmbedderIdentity> ReadIdentity(const std::filesystem::path& file);

// Writes vectors as float32 for LoadVectors: a NumPy file if the name ends in `.npy`, else
// safetensors with one tensor, `vectors`, and the embedder's identity as metadata (`embedder`,
// `revision`). In one step: a reader finds the old file or the whole new one. Error kIo.
[[nodiscard]] Result<void> SaveVectors(const std::filesystem::path& file, const Matrix& vectors,
                                       const EmbedderIdentity& identity);

}  // namespace routellm::embedding
