#include "data/npy.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "data/binary_file.h"
#include "data/replace_file.h"

namespace routellm::data {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";

tl::unexpected<Error> Invalid(const std::string& path, std::string_view what) {
  return Fail(ErrorCode::kInvalidData, path + ": " + std::string(what));
}

void SkipSpace(std::string_view& text) {
  text.remove_prefix(std::min(text.size(), text.find_first_not_of(" \n")));
}

bool Take(std::string_view& text, std::string_view token) {
  SkipSpace(text);
  if (!text.starts_with(token)) return false;
  text.remove_prefix(token.size());
  return true;
}

std::optional<std::string_view> TakeString(std::string_view& text) {
  SkipSpace(text);
  const char quote = text.empty() ? ' ' : text.front();
  if (quote != '\'' && quote != '"') return std::nullopt;
  const std::size_t end = text.find(quote, 1);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view string = text.substr(1, end - 1);
  text.remove_prefix(end + 1);
  return string;
}

// A tuple such as (), (3,) or (3, 4).
std::optional<std::vector<std::size_t>> TakeShape(std::string_view& text) {
  std::vector<std::size_t> shape;
  if (!Take(text, "(")) return std::nullopt;
  while (!Take(text, ")")) {
    SkipSpace(text);
    std::size_t extent = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), extent);
    if (error != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    shape.push_back(extent);
    if (!Take(text, ",") && !text.starts_with(')')) return std::nullopt;
  }
  return shape;
}

struct Header {
  std::string_view type;
  std::optional<bool> fortran_order;
  std::optional<std::vector<std::size_t>> shape;
};

// {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }, the keys in any order.
std::optional<Header> ParseHeader(std::string_view text) {
  Header header;
  if (!Take(text, "{")) return std::nullopt;
  while (!Take(text, "}")) {
    const auto key = TakeString(text);
    if (!key || !Take(text, ":")) return std::nullopt;
    if (*key == "descr") {
      const auto type = TakeString(text);
      if (!type) return std::nullopt;
      header.type = *type;
    } else if (*key == "fortran_order") {
      header.fortran_order = Take(text, "True");
      if (!*header.fortran_order && !Take(text, "False")) return std::nullopt;
    } else if (*key == "shape") {
      header.shape = TakeShape(text);
      if (!header.shape) return std::nullopt;
    } else {
      return std::nullopt;
    }
    if (!Take(text, ",") && !text.starts_with('}')) return std::nullopt;
  }
  SkipSpace(text);
  const bool complete = !header.type.empty() && header.fortran_order && header.shape;
  return text.empty() && complete ? std::optional(header) : std::nullopt;
}

std::optional<Dtype> FindType(std::string_view descr) {
  if (descr == "<f8") return Dtype::kF64;
  if (descr == "<f4") return Dtype::kF32;
  if (descr == "<f2") return Dtype::kF16;
  return std::nullopt;
}

// Nothing if it does not fit a size.
std::optional<std::size_t> Bytes(const std::vector<std::size_t>& shape, Dtype dtype) {
  std::size_t bytes = DtypeBytes(dtype);
  for (const std::size_t extent : shape) {
    if (__builtin_mul_overflow(bytes, extent, &bytes)) return std::nullopt;
  }
  return bytes;
}

// The header's text, and where the data begin; nothing if this is no .npy file.
std::optional<std::pair<std::string_view, std::size_t>> FindHeader(std::string_view file) {
  constexpr std::size_t kVersion = 6;  // the offset of the major version, then of the minor one
  constexpr std::size_t kLength = 8;
  if (!file.starts_with(kMagic) || file.size() < kLength) return std::nullopt;
  const auto major = static_cast<unsigned char>(file[kVersion]);
  const std::size_t length_bytes = major == 1 ? 2 : 4;
  const std::size_t begin = kLength + length_bytes;
  if (major < 1 || major > 3 || file.size() < begin) return std::nullopt;
  std::uint32_t length = 0;
  std::memcpy(&length, file.data() + kLength, length_bytes);
  if (length > file.size() - begin) return std::nullopt;
  return std::pair(file.substr(begin, length), begin + length);
}

}  // namespace

Result<NpyArray> LoadNpy(const std::string& path) {
  auto bytes = ReadBinaryFile(path);
  if (!bytes) return tl::unexpected(bytes.error());
  const std::string_view file(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  const auto found = FindHeader(file);
  if (!found) return Invalid(path, "is no .npy file, or is cut off within its header");
  auto header = ParseHeader(found->first);
  if (!header) return Invalid(path, "has a garbled header");
  const auto dtype = FindType(header->type);
  if (!dtype) {
    return Invalid(path, "has the type '" + std::string(header->type) +
                             "' where little-endian floats (<f8, <f4, <f2) are needed");
  }
  if (*header->fortran_order) return Invalid(path, "is in Fortran order; C order is needed");
  NpyArray array;
  array.file = *std::move(bytes);
  const auto data = std::span<const std::byte>(array.file).subspan(found->second);
  if (Bytes(*header->shape, *dtype) != data.size()) {
    return Invalid(path, "has a shape that does not fit its size: it is cut off or garbled");
  }
  array.tensor = {*dtype, *std::move(header->shape), data};
  return array;
}

Result<void> SaveNpy(const std::string& path, const TensorView& array) {
  std::string shape;
  for (const std::size_t extent : array.shape) shape += std::to_string(extent) + ", ";
  std::string header = "{'descr': '<f" + std::to_string(DtypeBytes(array.dtype)) +
                       "', 'fortran_order': False, 'shape': (" + shape + "), }";
  const std::size_t before = kMagic.size() + 4;  // version and length
  header.append(63 - (before + header.size()) % 64, ' ') += '\n';
  std::string start(kMagic);
  start += {'\x01', '\0', static_cast<char>(header.size() & 0xFF),
            static_cast<char>(header.size() >> 8)};
  start += header;
  const std::span<const std::byte> parts[] = {std::as_bytes(std::span(start)), array.data};
  return ReplaceFile(path, parts);
}

}  // namespace routellm::data
