// What words mean, as a table: a short vector for each of some ten thousand words.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "text/words.h"

namespace routellm::text {

// The entries of a table. Row i of `codes`, times `scales[i]`, is the vector of `words[i]`;
// `weights[i]` is how much it counts in a text (frequent words count little: Arora et al., "A
// Simple but Tough-to-Beat Baseline for Sentence Embeddings", 2017).
struct WordTable {
  static constexpr std::size_t kDimension = 24;

  std::vector<std::string> words;  // distinct, lower case, not empty
  std::vector<std::int8_t> codes;  // [words, kDimension]
  std::vector<float> scales;       // [words]
  std::vector<float> weights;      // [words], > 0
};

// The table made ready for look-ups. Immutable and thread-safe.
class WordVectors {
 public:
  using Vector = std::array<float, WordTable::kDimension>;

  // Error kInvalidData if sizes do not fit, a number is not finite, a weight is not positive, or a
  // word is empty or repeated.
  [[nodiscard]] static Result<WordVectors> Create(WordTable table);

  [[nodiscard]] const WordTable& table() const { return table_; }

  // The position of a word in the table, or -1.
  [[nodiscard]] std::ptrdiff_t Find(std::uint64_t hash) const;

  // The weighted mean of the vectors of those words that are in the table; zero if none is. The
  // time is linear in their number; allocates nothing.
  [[nodiscard]] Vector Mean(std::span<const Word> words) const;

 private:
  struct Slot {
    std::uint32_t check = 0;  // the upper half of the hash, made odd; 0: empty
    std::uint32_t entry = 0;  // 1 + position; 0: empty
  };

  // What a word adds to a mean, side by side.
  struct alignas(32) Row {
    std::array<std::int8_t, WordTable::kDimension> codes{};
    float scale = 0.0F;  // times the weight
    float weight = 0.0F;
  };

  explicit WordVectors(WordTable table) : table_(std::move(table)) {}

  // Where a word is, or else the empty slot that it would take.
  [[nodiscard]] std::size_t SlotOf(std::uint64_t hash) const;

  WordTable table_;
  std::vector<Slot> slots_;  // a power of two, at most a quarter full
  std::vector<Row> rows_;    // by Slot::entry
};

}  // namespace routellm::text
