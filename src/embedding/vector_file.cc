#include "embedding/vector_file.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "data/npy.h"
#include "data/safetensors.h"

namespace routellm::embedding {
namespace {

tl::unexpected<Error> Invalid(const std::string& file, const std::string& what) {
  return Fail(ErrorCode::kInvalidData, file + ": " + what);
}

Result<Matrix> ToMatrix(const std::string& file, const data::TensorView& tensor) {
  if (tensor.shape.size() != 2) {
    return Invalid(file, "has " + std::to_string(tensor.shape.size()) +
                             " dimensions where vectors need two: rows and columns");
  }
  if (tensor.shape[1] == 0) return Invalid(file, "has vectors without numbers");
  if (tensor.dtype == data::Dtype::kI8) return Invalid(file, "has vectors of type I8, not floats");
  auto values = data::ToFloats(tensor);
  if (!values) return Invalid(file, "has " + values.error().public_message);
  const auto bad = std::find_if_not(values->begin(), values->end(),
                                    [](float value) { return std::isfinite(value); });
  if (bad != values->end()) {
    const auto index = static_cast<std::size_t>(bad - values->begin());
    return Invalid(file, "row " + std::to_string(index / tensor.shape[1]) + ", column " +
                             std::to_string(index % tensor.shape[1]) + " is not a finite number");
  }
  return Matrix{tensor.shape[0], tensor.shape[1], *std::move(values)};
}

}  // namespace

Result<Matrix> LoadVectors(const std::filesystem::path& file) {
  const std::string name = file.string();
  if (file.extension() == ".npy") {
    const auto array = data::LoadNpy(name);
    if (!array) return tl::unexpected(array.error());
    return ToMatrix(name, array->tensor);
  }
  const auto tensors = data::Safetensors::Load(name);
  if (!tensors) return tl::unexpected(tensors.error());
  if (tensors->tensors().size() != 1) {
    return tensors->Invalid("has " + std::to_string(tensors->tensors().size()) +
                            " tensors where one was expected");
  }
  return ToMatrix(name, tensors->tensors().begin()->second);
}

Result<EmbedderIdentity> ReadIdentity(const std::filesystem::path& file) {
  if (file.extension() == ".npy") return EmbedderIdentity();
  const auto tensors = data::Safetensors::Load(file.string());
  if (!tensors) return tl::unexpected(tensors.error());
  const auto entry = [&](std::string_view key) {
    const auto found = tensors->metadata().find(key);
    return found == tensors->metadata().end() ? std::string() : found->second;
  };
  return EmbedderIdentity{entry("embedder"), 0, entry("revision")};
}

Result<void> SaveVectors(const std::filesystem::path& file, const Matrix& vectors,
                         const EmbedderIdentity& identity) {
  const data::TensorView tensor{
      data::Dtype::kF32, {vectors.rows, vectors.columns}, data::AsBytes(vectors.values)};
  if (file.extension() == ".npy") return data::SaveNpy(file.string(), tensor);
  return data::SaveSafetensors(file.string(), {{"vectors", tensor}},
                               {{"embedder", identity.name}, {"revision", identity.revision}});
}

}  // namespace routellm::embedding
