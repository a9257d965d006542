// The words that the built-in router knows by name. Internal to ExtractPromptFeatures.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "text/words.h"

namespace routellm::text {

inline constexpr std::array<std::string_view, 56> kFunctionWords{
    "the",      "of",     "a",        "is",     "and",     "to",    "in",        "he",
    "she",      "his",    "her",      "they",   "if",      "which", "following", "what",
    "who",      "when",   "where",    "how",    "why",     "i",     "you",       "my",
    "me",       "we",     "your",     "please", "write",   "would", "each",      "many",
    "much",     "total",  "all",      "not",    "or",      "can",   "be",        "for",
    "with",     "that",   "this",     "list",   "story",   "essay", "explain",   "code",
    "function", "python", "question", "answer", "between", "than",  "after",     "before"};
// Numbers that are written out, and words that stand for one in a calculation.
inline constexpr std::array<std::string_view, 38> kNumberWords{
    "two",     "three",    "four",    "five",     "six",      "seven",   "eight",   "nine",
    "ten",     "eleven",   "twelve",  "thirteen", "fourteen", "fifteen", "sixteen", "eighteen",
    "twenty",  "thirty",   "forty",   "fifty",    "sixty",    "seventy", "eighty",  "ninety",
    "hundred", "thousand", "million", "half",     "third",    "quarter", "twice",   "double",
    "triple",  "thrice",   "times",   "dozen",    "percent",  "pair"};
// What a calculation is asked for with, where it is not asked for by a question.
inline constexpr std::array<std::string_view, 4> kTaskWords{"find", "calculate", "determine",
                                                            "compute"};

// What a word is: the position of a function word, or one of these. No word is two of them.
enum WordKind : std::uint8_t { kNumberWord = kFunctionWords.size(), kTaskWord, kOtherWord };
inline constexpr std::size_t kWordKinds = kOtherWord + 1;

// The kinds of the words by their hashes. The compiler looks for a multiplier by which no two of
// them share a slot.
class KnownWords {
 public:
  constexpr KnownWords() {
    do {
      multiplier_ += 2;
      hashes_.fill(0);
      kinds_.fill(kOtherWord);
    } while (!AddAll());
  }

  [[nodiscard]] std::uint8_t Kind(std::uint64_t hash) const {
    const std::size_t slot = SlotOf(hash);
    return hashes_[slot] == hash ? kinds_[slot] : std::uint8_t{kOtherWord};
  }

 private:
  static constexpr unsigned kSlotBits = 11;

  [[nodiscard]] constexpr std::size_t SlotOf(std::uint64_t hash) const {
    return (hash * multiplier_) >> (64 - kSlotBits);
  }

  constexpr bool AddAll() {
    for (std::size_t i = 0; i < kFunctionWords.size(); ++i) {
      if (!Add(kFunctionWords[i], static_cast<std::uint8_t>(i))) return false;
    }
    for (const std::string_view word : kNumberWords) {
      if (!Add(word, kNumberWord)) return false;
    }
    for (const std::string_view word : kTaskWords) {
      if (!Add(word, kTaskWord)) return false;
    }
    return true;
  }

  constexpr bool Add(std::string_view word, std::uint8_t kind) {
    const std::uint64_t hash = HashWord(word);
    const std::size_t slot = SlotOf(hash);
    if (hashes_[slot] != 0) return false;
    hashes_[slot] = hash;
    kinds_[slot] = kind;
    return true;
  }

  std::uint64_t multiplier_ = 1;
  std::array<std::uint64_t, std::size_t{1} << kSlotBits> hashes_{};
  std::array<std::uint8_t, std::size_t{1} << kSlotBits> kinds_{};
};

inline constexpr KnownWords kKnownWords;

}  // namespace routellm::text
