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
  return static_cast<std::uint32_t>(hash >> 32);
}

}  // namespace

Result<WordVectors> WordVectors::Create(WordTable table) {
  if (auto valid = Check(table); !valid) return tl::unexpected(valid.error());
  WordVectors vectors(std::move(table));
  const std::vector<std::string>& words = vectors.table_.words;
  vectors.slots_.resize(std::bit_ceil(2 * words.size() + 1));
  const std::size_t mask = vectors.slots_.size() - 1;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::uint64_t hash = HashWord(words[i]);
    if (vectors.Find(hash) >= 0) return Invalid("has '" + words[i] + "' twice");
    std::size_t at = hash & mask;
    while (vectors.slots_[at].entry != 0) at = (at + 1) & mask;
    vectors.slots_[at] = {CheckOf(hash), static_cast<std::uint32_t>(i + 1)};
  }
  return vectors;
}

std::ptrdiff_t WordVectors::Find(std::uint64_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    const Slot& slot = slots_[at];
    if (slot.entry == 0) return -1;
    if (slot.check == CheckOf(hash)) return static_cast<std::ptrdiff_t>(slot.entry) - 1;
  }
}

WordVectors::Vector WordVectors::Mean(std::span<const Word> words) const {
  Vector sum{};
  float weights = 0.0F;
  for (const Word& word : words) {
    const std::ptrdiff_t found = Find(word.hash);
    if (found < 0) continue;
    const auto entry = static_cast<std::size_t>(found);
    const std::int8_t* const codes = table_.codes.data() + entry * kDimension;
    const float scale = table_.weights[entry] * table_.scales[entry];
    for (std::size_t i = 0; i < kDimension; ++i) sum[i] += scale * static_cast<float>(codes[i]);
    weights += table_.weights[entry];
  }
  if (weights > 0.0F) {
    for (float& value : sum) value /= weights;
  }
  return sum;
}

}  // namespace routellm::text
