#include "data/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "data/binary_file.h"
#include "data/replace_file.h"

namespace routellm::data {
namespace {

static_assert(std::endian::native == std::endian::little, "tensor data are little-endian");

using Json = nlohmann::json;

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kMaxHeaderBytes = 100'000'000;  // as the reference implementation

struct DtypeEntry {
  Dtype dtype;
  std::string_view name;
  std::size_t bytes;
};

constexpr DtypeEntry kDtypes[] = {
    {Dtype::kF64, "F64", 8},   {Dtype::kF32, "F32", 4}, {Dtype::kF16, "F16", 2},
    {Dtype::kBF16, "BF16", 2}, {Dtype::kI64, "I64", 8}, {Dtype::kI32, "I32", 4},
    {Dtype::kI16, "I16", 2},   {Dtype::kI8, "I8", 1},   {Dtype::kU8, "U8", 1},
    {Dtype::kBool, "BOOL", 1},
};

std::optional<Dtype> FindDtype(std::string_view name) {
  for (const DtypeEntry& entry : kDtypes) {
    if (entry.name == name) return entry.dtype;
  }
  return std::nullopt;
}

// The product of `shape` times `unit`, or nothing if it does not fit.
std::optional<std::size_t> CheckedBytes(const std::vector<std::size_t>& shape, std::size_t unit) {
  std::size_t bytes = unit;
  for (const std::size_t extent : shape) {
    if (__builtin_mul_overflow(bytes, extent, &bytes)) return std::nullopt;
  }
  return bytes;
}

std::string ShapeText(std::span<const std::size_t> shape) {
  std::string text = "[";
  for (const std::size_t extent : shape)
    text.append(text.size() > 1 ? ", " : "").append(std::to_string(extent));
  return text + "]";
}

float HalfToFloat(std::uint16_t half) {
  const std::uint32_t sign = (half & 0x8000u) << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1Fu;
  const std::uint32_t fraction = half & 0x3FFu;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign != 0 ? -magnitude : magnitude;
  }
  const std::uint32_t wide = exponent == 31 ? 0x7F800000u : (exponent + 112) << 23;
  return std::bit_cast<float>(sign | wide | (fraction << 13));
}

float BrainToFloat(std::uint16_t brain) { return std::bit_cast<float>(std::uint32_t{brain} << 16); }

template <typename Stored, typename Convert>
std::vector<float> ConvertAll(std::span<const std::byte> data, Convert convert) {
  std::vector<float> values(data.size() / sizeof(Stored));
  for (std::size_t i = 0; i < values.size(); ++i) {
    Stored stored;
    std::memcpy(&stored, data.data() + i * sizeof(Stored), sizeof(Stored));
    values[i] = convert(stored);
  }
  return values;
}

Result<std::vector<std::size_t>> ParseExtents(const Json& json) {
  std::vector<std::size_t> extents;
  if (!json.is_array()) return Fail(ErrorCode::kInvalidData, "is not a list");
  for (const Json& extent : json) {
    if (!extent.is_number_unsigned())
      return Fail(ErrorCode::kInvalidData, "holds something else than sizes");
    extents.push_back(extent.get<std::size_t>());
  }
  return extents;
}

// One entry of the header. The error's message continues "tensor 'NAME' ...".
Result<TensorView> ParseTensor(const Json& entry, std::span<const std::byte> data) {
  const auto invalid = [](std::string what) {
    return Fail(ErrorCode::kInvalidData, std::move(what));
  };
  if (!entry.is_object() || entry.size() != 3 || !entry.contains("dtype") ||
      !entry.contains("shape") || !entry.contains("data_offsets")) {
    return invalid("must have dtype, shape and data_offsets");
  }
  const auto dtype = entry["dtype"].is_string()
                         ? FindDtype(entry["dtype"].get_ref<const std::string&>())
                         : std::optional<Dtype>();
  if (!dtype) return invalid("has an unknown dtype");
  auto shape = ParseExtents(entry["shape"]);
  if (!shape) return invalid("has a shape that " + shape.error().public_message);
  const auto offsets = ParseExtents(entry["data_offsets"]);
  if (!offsets || offsets->size() != 2) return invalid("must have two data_offsets");
  const std::size_t begin = offsets->front();
  const std::size_t end = offsets->back();
  if (begin > end || end > data.size())
    return invalid("lies outside the file: it is cut off or garbled");
  if (CheckedBytes(*shape, DtypeBytes(*dtype)) != end - begin)
    return invalid("has a shape that does not fit its size");
  return TensorView{*dtype, std::move(*shape), data.subspan(begin, end - begin)};
}

// Nothing if the tensors fill `data` without overlap or gap.
std::optional<std::string> FindLayoutFault(
    const std::map<std::string, TensorView, std::less<>>& tensors,
    std::span<const std::byte> data) {
  std::vector<std::pair<TensorView, std::string_view>> ordered;
  ordered.reserve(tensors.size());
  for (const auto& [name, tensor] : tensors) ordered.emplace_back(tensor, name);
  std::sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first.data.data(), a.first.data.size()) <
           std::pair(b.first.data.data(), b.first.data.size());
  });
  const std::byte* expected = data.data();
  for (const auto& [tensor, name] : ordered) {
    if (tensor.data.data() < expected) return "tensor '" + std::string(name) + "' overlaps another";
    if (tensor.data.data() > expected)
      return "bytes before tensor '" + std::string(name) + "' belong to no tensor";
    expected += tensor.data.size();
  }
  if (expected != data.data() + data.size()) return "bytes after the last tensor";
  return std::nullopt;
}

}  // namespace

std::string_view DtypeName(Dtype dtype) {
  for (const DtypeEntry& entry : kDtypes) {
    if (entry.dtype == dtype) return entry.name;
  }
  return "";
}

std::size_t DtypeBytes(Dtype dtype) {
  for (const DtypeEntry& entry : kDtypes) {
    if (entry.dtype == dtype) return entry.bytes;
  }
  return 0;
}

std::size_t TensorView::Elements() const { return data.size() / DtypeBytes(dtype); }

Result<std::vector<float>> ToFloats(const TensorView& tensor) {
  switch (tensor.dtype) {
    case Dtype::kF64:
      return ConvertAll<double>(tensor.data,
                                [](double value) { return static_cast<float>(value); });
    case Dtype::kF32:
      return ConvertAll<float>(tensor.data, [](float value) { return value; });
    case Dtype::kF16:
      return ConvertAll<std::uint16_t>(tensor.data, HalfToFloat);
    case Dtype::kBF16:
      return ConvertAll<std::uint16_t>(tensor.data, BrainToFloat);
    case Dtype::kI8:
      return ConvertAll<std::int8_t>(tensor.data,
                                     [](std::int8_t value) { return static_cast<float>(value); });
    default:
      return Fail(ErrorCode::kInvalidData, "a tensor of type " +
                                               std::string(DtypeName(tensor.dtype)) +
                                               " where F64, F32, F16, BF16 or I8 is needed");
  }
}

Result<Safetensors> Safetensors::Load(const std::string& path) {
  auto bytes = ReadBinaryFile(path);
  if (!bytes) return tl::unexpected(bytes.error());
  auto parsed = Parse(*bytes, path);
  if (parsed) parsed->owned_ = *std::move(bytes);
  return parsed;
}

Result<Safetensors> Safetensors::Parse(std::span<const std::byte> file, std::string origin) {
  Safetensors parsed;
  parsed.origin_ = std::move(origin);
  std::uint64_t header_bytes = 0;
  if (file.size() < kLengthBytes) return parsed.Invalid("is too short for a safetensors file");
  std::memcpy(&header_bytes, file.data(), kLengthBytes);
  if (header_bytes > kMaxHeaderBytes || header_bytes > file.size() - kLengthBytes) {
    return parsed.Invalid("is no safetensors file, or is cut off within its header");
  }
  const auto* text = reinterpret_cast<const char*>(file.data() + kLengthBytes);
  const auto header = parsed.ParseHeader(
      {text, header_bytes}, file.subspan(kLengthBytes + static_cast<std::size_t>(header_bytes)));
  if (!header) return tl::unexpected(header.error());
  return parsed;
}

Result<void> Safetensors::ParseHeader(std::string_view text, std::span<const std::byte> data) {
  const Json header = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!header.is_object()) return Invalid("has a header that is no JSON object");
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") {
      if (!entry.is_object()) return Invalid("has a __metadata__ that is no object");
      for (const auto& [key, value] : entry.items()) {
        if (!value.is_string())
          return Invalid("has a __metadata__ with something else than strings");
        metadata_.emplace(key, value.get<std::string>());
      }
      continue;
    }
    auto tensor = ParseTensor(entry, data);
    if (!tensor) return Invalid("tensor '" + name + "' " + tensor.error().public_message);
    tensors_.emplace(name, std::move(*tensor));
  }
  if (const auto fault = FindLayoutFault(tensors_, data)) return Invalid(*fault);
  return {};
}

Result<TensorView> Safetensors::Tensor(std::string_view name, Dtype dtype,
                                       std::span<const std::size_t> shape) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) return Invalid("has no tensor '" + std::string(name) + "'");
  const TensorView& tensor = found->second;
  if (tensor.dtype != dtype ||
      !std::equal(shape.begin(), shape.end(), tensor.shape.begin(), tensor.shape.end())) {
    return Invalid("tensor '" + std::string(name) + "' is " + std::string(DtypeName(tensor.dtype)) +
                   ShapeText(tensor.shape) + ", not " + std::string(DtypeName(dtype)) +
                   ShapeText(shape));
  }
  return tensor;
}

Result<std::vector<float>> Safetensors::Floats(std::string_view name,
                                               const std::vector<std::size_t>& shape) const {
  const auto found = tensors_.find(name);
  const Dtype dtype = found == tensors_.end() ? Dtype::kF32 : found->second.dtype;
  const auto tensor = Tensor(name, dtype, shape);
  if (!tensor) return tl::unexpected(tensor.error());
  const auto wrong = [&](const std::string& what) {
    return Invalid("tensor '" + std::string(name) + "' has " + what);
  };
  if (dtype == Dtype::kI8) return wrong("type I8, which is not supported");
  auto values = ToFloats(*tensor);
  if (!values) return wrong(values.error().public_message);
  const auto bad = std::find_if_not(values->begin(), values->end(),
                                    [](float value) { return std::isfinite(value); });
  if (bad == values->end()) return values;
  return wrong("a number that is not finite, number " + std::to_string(bad - values->begin()));
}

tl::unexpected<Error> Safetensors::Invalid(std::string_view what) const {
  return Fail(ErrorCode::kInvalidData, origin_ + ": " + std::string(what));
}

Result<void> SaveSafetensors(const std::string& path,
                             const std::map<std::string, TensorView, std::less<>>& tensors,
                             const std::map<std::string, std::string, std::less<>>& metadata) {
  Json header = Json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::size_t offset = 0;
  for (const auto& [name, tensor] : tensors) {
    header[name] = {{"dtype", DtypeName(tensor.dtype)},
                    {"shape", tensor.shape},
                    {"data_offsets", {offset, offset + tensor.data.size()}}};
    offset += tensor.data.size();
  }
  std::string text = header.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t length = text.size();

  std::vector<std::span<const std::byte>> parts{std::as_bytes(std::span(&length, 1)),
                                                std::as_bytes(std::span(text))};
  for (const auto& [name, tensor] : tensors) parts.push_back(tensor.data);
  return ReplaceFile(path, parts);
}

}  // namespace routellm::data
