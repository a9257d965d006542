// The words of a text, as the built-in router knows them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace routellm::text {

// A run of letters, or one character of a script that is written without spaces
// (text/character_kind.h).
struct Word {
  std::uint64_t hash = 0;   // HashWord of it
  std::uint32_t begin = 0;  // its bytes in the text
  std::uint32_t end = 0;
};

// Of a longer text, no more is looked at.
inline constexpr std::size_t kMaxWordBytes = 20000;

// The words of the first kMaxWordBytes of `text`, which may be any bytes, in order. Replaces what
// `words` holds; allocates only to grow it.
void SplitWords(std::string_view text, std::vector<Word>& words);

// The lower case of a word of SplitWords.
[[nodiscard]] std::string LowerWord(std::string_view text, const Word& word);

namespace internal {
inline constexpr std::uint64_t kHashStart = 0xCBF29CE484222325;
// `bytes`: eight of the word, the first one lowest; zeros after its last one.
constexpr std::uint64_t AddBytes(std::uint64_t hash, std::uint64_t bytes) {
  hash ^= bytes;
  return (hash ^ (hash >> 32)) * 0x9E3779B97F4A7C15;
}
constexpr std::uint64_t Finish(std::uint64_t hash) {
  hash = (hash ^ (hash >> 32)) * 0xD6E8FEB86659FD93;
  return hash ^ (hash >> 32);
}
}  // namespace internal

// The same on all platforms; all 64 bits may be used. `lower` is in lower case.
[[nodiscard]] constexpr std::uint64_t HashWord(std::string_view lower) {
  std::uint64_t hash = internal::kHashStart;
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < lower.size(); ++i) {
    bytes |= std::uint64_t{static_cast<unsigned char>(lower[i])} << (8 * (i % 8));
    if (i % 8 != 7 && i + 1 != lower.size()) continue;
    hash = internal::AddBytes(hash, bytes);
    bytes = 0;
  }
  return internal::Finish(hash);
}

}  // namespace routellm::text
