#include "text/word_vectors.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace routellm::text {
namespace {

constexpr std::size_t kDimension = WordTable::kDimension;

tl::unexpected<Error> Invalid(const std::string& what) {
  return Fail(ErrorCode::kInvalidData, "the word table " + what);
}

Result<void> Check(const WordTable& table) {
  const std::size_t size = table.words.size();
  if (table.codes.size() != size * kDimension || table.scales.size() != size ||
      table.weights.size() != size) {
    return Invalid("has parts of different lengths");
  }
  for (std::size_t i = 0; i < size; ++i) {
    if (table.words[i].empty()) return Invalid("has an empty word");
    if (!std::isfinite(table.scales[i]) || !std::isfinite(table.weights[i]) ||
        table.weights[i] <= 0.0F) {
      return Invalid("has a number out of range for '" + table.words[i] + "'");
    }
  }
  return {};
}

constexpr std::uint32_t CheckOf(std::uint64_t hash) {
  return static_cast<std::uint32_t>(hash >> 32) | 1U;
}

}  // namespace

Result<WordVectors> WordVectors::Create(WordTable table) {
  if (auto valid = Check(table); !valid) return tl::unexpected(valid.error());
  WordVectors vectors(std::move(table));
  const std::vector<std::string>& words = vectors.table_.words;
  vectors.slots_.resize(std::bit_ceil(4 * words.size() + 1));
  vectors.rows_.resize(words.size() + 1);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::uint64_t hash = HashWord(words[i]);
    Slot& slot = vectors.slots_[vectors.SlotOf(hash)];
    if (slot.check != 0) return Invalid("has '" + words[i] + "' twice");
    slot = {CheckOf(hash), static_cast<std::uint32_t>(i + 1)};
    const float weight = vectors.table_.weights[i];
    Row& row = vectors.rows_[i + 1];
    row.weight = weight;
    row.scale = weight * vectors.table_.scales[i];
    std::copy_n(vectors.table_.codes.data() + i * kDimension, kDimension, row.codes.data());
  }
  return vectors;
}

std::size_t WordVectors::SlotOf(std::uint64_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  // A used slot's check is odd. One condition, because a processor foresees that a search ends at
  // once, but not how: whether the word is in the table.
  while ((slots_[at].check & 1U) * (slots_[at].check ^ CheckOf(hash)) != 0) at = (at + 1) & mask;
  return at;
}

std::ptrdiff_t WordVectors::Find(std::uint64_t hash) const {
  return static_cast<std::ptrdiff_t>(slots_[SlotOf(hash)].entry) - 1;
}

WordVectors::Vector WordVectors::Mean(std::span<const Word> words) const {
  // In blocks, so that the memory of many words is waited for at once.
  constexpr std::size_t kBlock = 32;
  std::array<std::uint32_t, kBlock> entries;
  Vector sum{};
  float weights = 0.0F;
  while (!words.empty()) {
    const std::span<const Word> block = words.first(std::min(kBlock, words.size()));
    words = words.subspan(block.size());
    for (const Word& word : block) __builtin_prefetch(&slots_[word.hash & (slots_.size() - 1)]);
    std::size_t found = 0;
    for (const Word& word : block) {
      const std::uint32_t entry = slots_[SlotOf(word.hash)].entry;
      __builtin_prefetch(&rows_[entry]);
      entries[found] = entry;
      found += entry != 0 ? 1 : 0;
    }
    for (std::size_t i = 0; i < found; ++i) {
      const Row row = rows_[entries[i]];
      for (std::size_t d = 0; d < kDimension; ++d)
        sum[d] += row.scale * static_cast<float>(row.codes[d]);
      weights += row.weight;
    }
  }
  if (weights > 0.0F) {
    for (float& value : sum) value /= weights;
  }
  return sum;
}

}  // namespace routellm::text
