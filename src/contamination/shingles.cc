#include "contamination/shingles.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <tuple>

namespace routellm::contamination {
namespace {

constexpr std::uint64_t kOffset = 0xCBF29CE484222325;  // FNV-1a
constexpr std::uint64_t kPrime = 0x100000001B3;

std::uint64_t HashWord(std::string_view word) {
  std::uint64_t hash = kOffset;
  for (const char c : word) hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  return hash;
}

std::uint64_t HashRun(std::span<const std::uint64_t> words) {
  std::uint64_t hash = kOffset;
  for (const std::uint64_t word : words) {
    hash = (hash ^ word) * 0x9E3779B97F4A7C15;
    hash ^= hash >> 32;
  }
  return hash * 0xD6E8FEB86659FD93;
}

// Overlaps are fractions of small integers; a threshold such as 0.6 must be met by 3 of 5.
constexpr double kRounding = 1e-9;

}  // namespace

Shingles MakeShingles(std::string_view words, std::size_t length) {
  std::vector<std::uint64_t> hashes;
  while (!words.empty()) {
    const std::string_view word = words.substr(0, words.find(' '));
    words.remove_prefix(std::min(words.size(), word.size() + 1));
    hashes.push_back(HashWord(word));
  }
  Shingles shingles;
  if (hashes.size() < length) return shingles;
  shingles.reserve(hashes.size() - length + 1);
  for (std::size_t i = 0; i + length <= hashes.size(); ++i) {
    shingles.push_back(HashRun(std::span(hashes).subspan(i, length)));
  }
  std::sort(shingles.begin(), shingles.end());
  shingles.erase(std::unique(shingles.begin(), shingles.end()), shingles.end());
  return shingles;
}

double Overlap(const Shingles& one, const Shingles& other) {
  const std::size_t smaller = std::min(one.size(), other.size());
  if (smaller == 0) return 0.0;
  Shingles common;
  std::set_intersection(one.begin(), one.end(), other.begin(), other.end(),
                        std::back_inserter(common));
  return static_cast<double>(common.size()) / static_cast<double>(smaller);
}

ShingleIndex::ShingleIndex(std::span<const Shingles> sets) {
  std::size_t count = 0;
  for (const Shingles& set : sets) count += set.size();
  entries_.reserve(count);
  set_size_.reserve(sets.size());
  for (std::uint32_t i = 0; i < sets.size(); ++i) {
    set_size_.push_back(sets[i].size());
    for (const std::uint64_t shingle : sets[i]) entries_.push_back({shingle, i});
  }
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.shingle, a.set) < std::tie(b.shingle, b.set);
  });
  const int bits = std::max(1, static_cast<int>(std::bit_width(count)));  // one entry a bucket
  shift_ = 64 - bits;
  begin_.resize((std::size_t{1} << bits) + 1);
  for (const Entry& entry : entries_) ++begin_[(entry.shingle >> shift_) + 1];
  for (std::size_t i = 1; i < begin_.size(); ++i) begin_[i] += begin_[i - 1];
}

std::vector<std::uint32_t> ShingleIndex::Find(const Shingles& shingles, double threshold) const {
  thread_local std::vector<std::uint32_t> common;  // of each set; all 0 between calls
  common.resize(std::max(common.size(), set_size_.size()));
  std::vector<std::uint32_t> touched;
  for (const std::uint64_t shingle : shingles) {
    const std::size_t bucket = shingle >> shift_;
    for (std::size_t i = begin_[bucket]; i < begin_[bucket + 1]; ++i) {
      if (entries_[i].shingle != shingle) continue;
      if (common[entries_[i].set]++ == 0) touched.push_back(entries_[i].set);
    }
  }
  std::vector<std::uint32_t> found;
  for (const std::uint32_t set : touched) {
    const auto smaller = static_cast<double>(std::min(shingles.size(), set_size_[set]));
    if (common[set] >= threshold * smaller - kRounding) found.push_back(set);
    common[set] = 0;
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace routellm::contamination
