// Texts as sets of runs of words, and how much of one set lies in another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace routellm::contamination {

// Hashes, sorted and distinct, of all runs of `length` words. Two different runs have the same hash
// with a probability of 2^-64.
using Shingles = std::vector<std::uint64_t>;

// `words` is separated by single spaces (text/normalize.h). Empty if there are fewer than `length`
// words. `length` > 0.
[[nodiscard]] Shingles MakeShingles(std::string_view words, std::size_t length);

// The share of common shingles, relative to the smaller set: from 0 to 1, symmetric; 0 if a set is
// empty.
[[nodiscard]] double Overlap(const Shingles& one, const Shingles& other);

// Many sets, of which those are found quickly that overlap with a given one. Immutable and
// thread-safe.
class ShingleIndex {
 public:
  explicit ShingleIndex(std::span<const Shingles> sets);

  // The sets, by index and in rising order, with Overlap(set, shingles) >= threshold > 0.
  [[nodiscard]] std::vector<std::uint32_t> Find(const Shingles& shingles, double threshold) const;

 private:
  struct Entry {
    std::uint64_t shingle;
    std::uint32_t set;
  };

  std::vector<Entry> entries_;      // by shingle, then by set
  int shift_ = 0;                   // from a shingle to its bucket, its top bits
  std::vector<std::size_t> begin_;  // of each bucket in entries_, and the end
  std::vector<std::size_t> set_size_;
};

}  // namespace routellm::contamination
