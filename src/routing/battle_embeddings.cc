#include "routing/battle_embeddings.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "data/mapped_file.h"
#include "data/npy.h"
#include "data/safetensors.h"
#include "routing/dot_product.h"
#include "routing/large_pages.h"

namespace routellm::routing {
namespace {

constexpr float kLargestCode = 127.0F;
// Beyond it a sum of products of bytes might not fit 32 bits (dot_product.h).
constexpr std::size_t kMaxColumns = std::size_t{1} << 17;

tl::unexpected<Error> Invalid(const std::string& path, const std::string& what) {
  return Fail(ErrorCode::kInvalidData, path + ": " + what);
}

// A matrix in memory that `owner` keeps.
struct Stored {
  std::shared_ptr<const void> owner;
  data::TensorView tensor;
  embedding::EmbedderIdentity embedder;
};

Result<Stored> OpenSafetensors(const std::string& path) {
  auto file = data::MappedFile::Open(path);
  if (!file) return tl::unexpected(file.error());
  const auto mapped = std::make_shared<const data::MappedFile>(*std::move(file));
  const auto parsed = data::Safetensors::Parse(mapped->bytes(), path);
  if (!parsed) return tl::unexpected(parsed.error());
  auto found = parsed->tensors().find("battles");
  if (found == parsed->tensors().end() && parsed->tensors().size() == 1)
    found = parsed->tensors().begin();
  if (found == parsed->tensors().end())
    return parsed->Invalid("has several tensors, and none is named 'battles'");
  const auto& shape = found->second.shape;
  return Stored{mapped, found->second,
                ReadEmbedderIdentity(parsed->metadata(), shape.empty() ? 0 : shape.back())};
}

Result<Stored> Open(const std::string& path) {
  if (!path.ends_with(".npy")) return OpenSafetensors(path);
  auto file = data::LoadNpy(path);
  if (!file) return tl::unexpected(file.error());
  const auto array = std::make_shared<const data::NpyArray>(*std::move(file));
  const auto& shape = array->tensor.shape;
  return Stored{array, array->tensor, {{}, shape.empty() ? 0 : shape.back(), {}}};
}

// As floats: in place where that is possible.
Result<std::pair<std::shared_ptr<const void>, const float*>> Floats(const std::string& path,
                                                                    const Stored& stored) {
  const std::byte* data = stored.tensor.data.data();
  if (stored.tensor.dtype == data::Dtype::kF32 &&
      reinterpret_cast<std::uintptr_t>(data) % alignof(float) == 0) {
    return std::pair(stored.owner, reinterpret_cast<const float*>(data));
  }
  if (stored.tensor.dtype == data::Dtype::kI8)
    return Invalid(path, "has embeddings of type I8, not floats");
  auto values = data::ToFloats(stored.tensor);
  if (!values) return Invalid(path, "has " + values.error().public_message);
  const auto owned = std::make_shared<const std::vector<float>>(*std::move(values));
  return std::pair(std::shared_ptr<const void>(owned), owned->data());
}

double Length(const float* row, std::size_t size) {
  double squares = 0.0;
  for (std::size_t i = 0; i < size; ++i) squares += double{row[i]} * row[i];
  return std::sqrt(squares);
}

// Rounds to codes of [-127, 127] and returns what a code of 1 stands for. `row` is not zero.
double Quantise(const float* row, std::size_t size, std::int8_t* codes) {
  float largest = 0.0F;
  for (std::size_t i = 0; i < size; ++i) largest = std::max(largest, std::abs(row[i]));
  const float scale = largest / kLargestCode;
  for (std::size_t i = 0; i < size; ++i) {
    // Divided, not multiplied by an inverse, which is infinite for the smallest numbers.
    codes[i] = static_cast<std::int8_t>(std::lrintf(row[i] / largest * kLargestCode));
  }
  return double{scale};
}

}  // namespace

Result<BattleEmbeddings> BattleEmbeddings::Load(const std::string& path, Precision precision) {
  const auto stored = Open(path);
  if (!stored) return tl::unexpected(stored.error());
  const auto& shape = stored->tensor.shape;
  if (shape.size() != 2 || shape[1] == 0 || shape[1] > kMaxColumns)
    return Invalid(path, "has no matrix of embeddings: one row for each battle is needed");
  const auto floats = Floats(path, *stored);
  if (!floats) return tl::unexpected(floats.error());

  BattleEmbeddings embeddings;
  embeddings.columns_ = shape[1];
  embeddings.embedder_ = stored->embedder;
  embeddings.factors_.reserve(shape[0]);
  if (precision == Precision::kInt8) {
    embeddings.bytes_.reserve(shape[0] * shape[1]);
    AdviseLargePages(embeddings.bytes_.data(), shape[0] * shape[1]);
    embeddings.bytes_.resize(shape[0] * shape[1]);
  }
  for (std::size_t r = 0; r < shape[0]; ++r) {
    const float* row = floats->second + r * shape[1];
    const double length = Length(row, shape[1]);
    if (!std::isfinite(length))
      return Invalid(path, "row " + std::to_string(r) + " holds a number that is not finite");
    if (length == 0.0) return Invalid(path, "row " + std::to_string(r) + " is a vector of zeros");
    const double unit = precision == Precision::kInt8
                            ? Quantise(row, shape[1], embeddings.bytes_.data() + r * shape[1])
                            : 1.0;
    embeddings.factors_.push_back(static_cast<float>(unit / length));
  }
  if (precision == Precision::kFloat) {
    embeddings.memory_ = floats->first;
    embeddings.floats_ = floats->second;
  }
  return embeddings;
}

void BattleEmbeddings::Cosines(std::span<const float> query, std::span<float> cosines) const {
  const double length = Length(query.data(), columns_);
  if (floats_ != nullptr) {
    for (std::size_t r = 0; r < rows(); ++r) {
      cosines[r] = static_cast<float>(DotProduct(floats_ + r * columns_, query.data(), columns_) *
                                      factors_[r] / length);
    }
    return;
  }
  thread_local std::vector<std::int8_t> codes;
  codes.resize(columns_);
  const double unit = Quantise(query.data(), columns_, codes.data()) / length;
  for (std::size_t r = 0; r < rows(); ++r) {
    const std::int32_t product = DotProduct(bytes_.data() + r * columns_, codes.data(), columns_);
    cosines[r] = static_cast<float>(product * unit * factors_[r]);
  }
}

}  // namespace routellm::routing
