// Safetensors: named tensors and a map of strings in one file (8 bytes of header length, a JSON
// header, the data).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace routellm::data {

enum class Dtype : std::uint8_t { kF64, kF32, kF16, kBF16, kI64, kI32, kI16, kI8, kU8, kBool };

// As in the file: "F32", "BF16", ...
[[nodiscard]] std::string_view DtypeName(Dtype dtype);
[[nodiscard]] std::size_t DtypeBytes(Dtype dtype);

// A tensor in somebody else's memory: little-endian, row-major, not necessarily aligned.
struct TensorView {
  Dtype dtype = Dtype::kF32;
  std::vector<std::size_t> shape;  // empty for a scalar
  std::span<const std::byte> data;

  [[nodiscard]] std::size_t Elements() const;
};

// The values of an F64 (rounded), F32, F16, BF16 or I8 tensor as floats. Error kInvalidData for
// other types.
[[nodiscard]] Result<std::vector<float>> ToFloats(const TensorView& tensor);

// A file in memory, checked whole before anything of it can be seen: the header's size and JSON,
// each tensor's dtype, and that shape and offsets agree, that no tensors overlap and that together
// they fill the file to its end. Immutable and thread-safe; `tensors()` point into it.
class Safetensors {
 public:
  // Reads the file at `path`. Errors: kIo if it cannot be read, else as Parse.
  [[nodiscard]] static Result<Safetensors> Load(const std::string& path);

  // `file` must outlive the result and what was taken from it. `origin` names it in errors. Error
  // kInvalidData, with the tensor's name where there is one.
  [[nodiscard]] static Result<Safetensors> Parse(std::span<const std::byte> file,
                                                 std::string origin);

  [[nodiscard]] const std::string& origin() const { return origin_; }
  [[nodiscard]] const std::map<std::string, std::string, std::less<>>& metadata() const {
    return metadata_;
  }
  [[nodiscard]] const std::map<std::string, TensorView, std::less<>>& tensors() const {
    return tensors_;
  }

  // Error kInvalidData if there is no such tensor, or its dtype or shape is another.
  [[nodiscard]] Result<TensorView> Tensor(std::string_view name, Dtype dtype,
                                          std::span<const std::size_t> shape) const;

  // The values of a tensor of F64 (rounded), F32, F16 or BF16. Error kInvalidData if there is no
  // such tensor, its shape or type is another, or a value is not finite.
  [[nodiscard]] Result<std::vector<float>> Floats(std::string_view name,
                                                  const std::vector<std::size_t>& shape) const;

  // Error kInvalidData that names the file: for what is wrong with it beyond its format.
  [[nodiscard]] tl::unexpected<Error> Invalid(std::string_view what) const;

 private:
  Safetensors() = default;
  Result<void> ParseHeader(std::string_view json, std::span<const std::byte> data);

  std::vector<std::byte> owned_;  // empty if the caller owns the bytes
  std::string origin_;
  std::map<std::string, std::string, std::less<>> metadata_;
  std::map<std::string, TensorView, std::less<>> tensors_;
};

// Writes the file in one step: a reader of `path` finds the old file or the whole new one, also
// after a crash. Tensors are laid out in the order of their names; equal input gives equal bytes.
// Error kIo if the file cannot be written.
[[nodiscard]] Result<void> SaveSafetensors(
    const std::string& path, const std::map<std::string, TensorView, std::less<>>& tensors,
    const std::map<std::string, std::string, std::less<>>& metadata);

// The bytes of `values`, for a TensorView of them.
template <typename T>
[[nodiscard]] std::span<const std::byte> AsBytes(const std::vector<T>& values) {
  return std::as_bytes(std::span<const T>(values));
}

}  // namespace routellm::data
