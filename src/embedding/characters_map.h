// SentencePiece's table of characters to replace, as `tokenizer.json` has it ("Precompiled").
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace routellm::embedding {

// Immutable and thread-safe.
class CharactersMap {
 public:
  // `table`: the size of a double-array trie in bytes (four, little-endian), the trie (Yata et al.,
  // "A compact static double-array keeping character codes", 2007; in Darts-clone's layout), and
  // texts that end with a zero byte. None if it is no such table.
  [[nodiscard]] static std::optional<CharactersMap> Parse(std::string_view table);

  // As the Python package `tokenizers` does it, which is not quite what SentencePiece does: a
  // grapheme cluster of less than 6 bytes is replaced whole if the table has any beginning of it,
  // the shortest; of other clusters each character is replaced.
  [[nodiscard]] std::string Apply(std::string_view text) const;

  struct Found {
    std::size_t bytes;  // of the text
    std::string_view becomes;
  };
  // Of the beginnings of `text` that the table has, the longest.
  [[nodiscard]] std::optional<Found> FindLongest(std::string_view text) const;

 private:
  CharactersMap() = default;
  [[nodiscard]] std::optional<Found> Find(std::string_view text, bool longest) const;

  std::vector<std::uint32_t> units_;
  std::string texts_;
};

}  // namespace routellm::embedding
