#include "routing/battle_embeddings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <utility>

#include "data/mapped_file.h"
#include "data/npy.h"
#include "data/safetensors.h"
#include "routing/dot_product.h"
#include "routing/large_pages.h"

namespace routellm::routing {
namespace {

constexpr float kLargestByte = 127.0F;
constexpr float kLargestNibble = 7.0F;
constexpr std::uint8_t kNibbleZero = 8;  // what stands for 0
// Beyond it a sum of products of bytes might not fit 32 bits (dot_product.h).
constexpr std::size_t kMaxColumns = std::size_t{1} << 17;

tl::unexpected<Error> Invalid(const std::string& path, const std::string& what) {
  return Fail(ErrorCode::kInvalidData, path + ": " + what);
}

// A matrix in memory that `owner` keeps.
struct Stored {
  std::shared_ptr<const void> owner;
  data::TensorView tensor;
  std::vector<std::uint32_t> row_of_battle;  // as in the file
  embedding::EmbedderIdentity embedder;
  PairMetadata pair = {};
};

Result<std::vector<std::uint32_t>> ReadRowOfBattle(const data::Safetensors& file) {
  const auto found = file.tensors().find("rows");
  if (found == file.tensors().end()) return {};
  const auto& shape = found->second.shape;
  if (shape.size() != 1 || shape[0] == 0 || found->second.dtype != data::Dtype::kI32)
    return file.Invalid("tensor 'rows' is not the row of each battle: I32 [battles]");
  std::vector<std::uint32_t> rows(shape[0]);
  std::memcpy(rows.data(), found->second.data.data(), found->second.data.size());
  return rows;
}

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
  auto rows = ReadRowOfBattle(*parsed);
  if (!rows) return tl::unexpected(rows.error());
  auto pair = ReadPairMetadata(*parsed);
  if (!pair) return tl::unexpected(pair.error());
  const auto& shape = found->second.shape;
  return Stored{mapped, found->second, *std::move(rows),
                ReadEmbedderIdentity(parsed->metadata(), shape.empty() ? 0 : shape.back()),
                *std::move(pair)};
}

Result<Stored> Open(const std::string& path) {
  if (!path.ends_with(".npy")) return OpenSafetensors(path);
  auto file = data::LoadNpy(path);
  if (!file) return tl::unexpected(file.error());
  const auto array = std::make_shared<const data::NpyArray>(*std::move(file));
  const auto& shape = array->tensor.shape;
  return Stored{array, array->tensor, {}, {{}, shape.empty() ? 0 : shape.back(), {}}};
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

// Rounds to codes of at most `largest_code` either way, and returns what a code of 1 stands for.
// `row` is not zero.
double Quantise(const float* row, std::size_t size, float largest_code, std::int8_t* codes) {
  float largest = 0.0F;
  for (std::size_t i = 0; i < size; ++i) largest = std::max(largest, std::abs(row[i]));
  for (std::size_t i = 0; i < size; ++i) {
    // Divided, not multiplied by an inverse, which is infinite for the smallest numbers.
    codes[i] = static_cast<std::int8_t>(std::lrintf(row[i] / largest * largest_code));
  }
  return double{largest / largest_code};
}

std::size_t NibbleBlocks(std::size_t columns) {
  return (columns + kNibbleBlock - 1) / kNibbleBlock;
}

// `codes` fill whole blocks.
void PackNibbles(const std::vector<std::int8_t>& codes, std::uint8_t* nibbles) {
  constexpr std::size_t kHalf = kNibbleBlock / 2;
  const auto nibble = [&](std::size_t at) {
    return static_cast<std::uint8_t>(codes[at] + kNibbleZero);
  };
  for (std::size_t begin = 0; begin < codes.size(); begin += kNibbleBlock) {
    for (std::size_t i = begin; i < begin + kHalf; ++i)
      *nibbles++ = static_cast<std::uint8_t>(nibble(i) | nibble(i + kHalf) << 4);
  }
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
  embeddings.pair_ = stored->pair;
  embeddings.row_of_battle_ = stored->row_of_battle;
  return embeddings.Take(floats->first, floats->second, shape[0], precision, path).map([&] {
    return std::move(embeddings);
  });
}

Result<BattleEmbeddings> BattleEmbeddings::Make(embedding::Matrix rows,
                                                std::vector<std::uint32_t> row_of_battle,
                                                Precision precision, const std::string& origin) {
  const auto owned = std::make_shared<const embedding::Matrix>(std::move(rows));
  BattleEmbeddings embeddings;
  embeddings.columns_ = owned->columns;
  embeddings.row_of_battle_ = std::move(row_of_battle);
  return embeddings.Take(owned, owned->values.data(), owned->rows, precision, origin).map([&] {
    return std::move(embeddings);
  });
}

Result<void> BattleEmbeddings::Take(std::shared_ptr<const void> memory, const float* rows,
                                    std::size_t count, Precision precision,
                                    const std::string& origin) {
  for (std::size_t battle = 0; battle < row_of_battle_.size(); ++battle) {
    if (row_of_battle_[battle] >= count) {
      return Invalid(
          origin, fmt::format("battle {} has row {} of {}", battle, row_of_battle_[battle], count));
    }
  }
  factors_.reserve(count);
  const auto make_room = [](auto& codes, std::size_t size) {
    codes.reserve(size);
    AdviseLargePages(codes.data(), size);
    codes.resize(size);
  };
  const std::size_t row_nibbles = NibbleBlocks(columns_) * kNibbleBlock / 2;
  if (precision == Precision::kInt8) make_room(bytes_, count * columns_);
  if (precision == Precision::kInt4) make_room(nibbles_, count * row_nibbles);
  std::vector<std::int8_t> codes(2 * row_nibbles);
  for (std::size_t r = 0; r < count; ++r) {
    const float* row = rows + r * columns_;
    const double length = Length(row, columns_);
    if (!std::isfinite(length))
      return Invalid(origin, "row " + std::to_string(r) + " holds a number that is not finite");
    if (length > kLongestEmbedding)
      return Invalid(origin, "row " + std::to_string(r) +
                                 " is too long a vector: " + fmt::format("{:.3g}", length));
    if (length == 0.0) return Invalid(origin, "row " + std::to_string(r) + " is a vector of zeros");
    double unit = 1.0;
    if (precision == Precision::kInt8) {
      unit = Quantise(row, columns_, kLargestByte, bytes_.data() + r * columns_);
    } else if (precision == Precision::kInt4) {
      unit = Quantise(row, columns_, kLargestNibble, codes.data());
      PackNibbles(codes, nibbles_.data() + r * row_nibbles);
    }
    factors_.push_back(static_cast<float>(unit / length));
  }
  if (precision == Precision::kFloat) {
    memory_ = std::move(memory);
    floats_ = rows;
  }
  return {};
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
  const std::size_t blocks = NibbleBlocks(columns_);
  codes.assign(blocks * kNibbleBlock, 0);
  const double unit = Quantise(query.data(), columns_, kLargestByte, codes.data()) / length;
  if (!nibbles_.empty()) {
    const std::int32_t surplus = kNibbleZero * std::accumulate(codes.begin(), codes.end(), 0);
    for (std::size_t r = 0; r < rows(); ++r) {
      const std::uint8_t* row = nibbles_.data() + r * blocks * kNibbleBlock / 2;
      const std::int32_t product = NibbleDotProduct(row, codes.data(), blocks) - surplus;
      cosines[r] = static_cast<float>(product * unit * factors_[r]);
    }
    return;
  }
  for (std::size_t r = 0; r < rows(); ++r) {
    const std::int32_t product = DotProduct(bytes_.data() + r * columns_, codes.data(), columns_);
    cosines[r] = static_cast<float>(product * unit * factors_[r]);
  }
}

}  // namespace routellm::routing
