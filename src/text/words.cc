#include "text/words.h"

#include <algorithm>
#include <array>

#include "text/character_kind.h"
#include "text/utf8.h"

namespace routellm::text {
namespace {

// The lower-case letter for an ASCII letter, else 0.
constexpr auto kAsciiLetters = [] {
  std::array<unsigned char, 256> letters{};
  for (unsigned char c = 'a'; c <= 'z'; ++c) letters[c] = letters[c - 32] = c;
  return letters;
}();

struct Letter {
  bool is_letter = false;
  bool alone = false;  // a word of its own
  char32_t lower = 0;
  std::uint32_t bytes = 1;
};

// Of the character outside ASCII at `text[0]`.
Letter ReadWide(std::string_view text) {
  const DecodedChar decoded = DecodeUtf8(text.substr(0, 4));
  const bool alone = IsIdeograph(decoded.code_point);
  const bool letter = alone || WideKind(decoded.code_point) == CharacterKind::kLetter;
  return {letter, alone, ToLower(decoded.code_point), decoded.bytes};
}

std::uint64_t AddCharacter(std::uint64_t hash, char32_t c) {
  if (c < 0x80) return internal::AddByte(hash, static_cast<unsigned char>(c));
  const auto tail = [&](unsigned shift) {
    return static_cast<unsigned char>(0x80 | ((c >> shift) & 0x3F));
  };
  if (c < 0x800) {
    hash = internal::AddByte(hash, static_cast<unsigned char>(0xC0 | (c >> 6)));
    return internal::AddByte(hash, tail(0));
  }
  if (c < 0x10000) {
    hash = internal::AddByte(hash, static_cast<unsigned char>(0xE0 | (c >> 12)));
  } else {
    hash = internal::AddByte(hash, static_cast<unsigned char>(0xF0 | (c >> 18)));
    hash = internal::AddByte(hash, tail(12));
  }
  hash = internal::AddByte(hash, tail(6));
  return internal::AddByte(hash, tail(0));
}

}  // namespace

void SplitWords(std::string_view text, std::vector<Word>& words) {
  words.clear();
  text = text.substr(0, kMaxWordBytes);
  const std::size_t size = text.size();
  for (std::size_t at = 0; at < size;) {
    std::uint64_t hash = internal::kHashStart;
    const std::size_t begin = at;
    while (at < size) {
      const auto byte = static_cast<unsigned char>(text[at]);
      if (byte < 0x80) {
        const unsigned char letter = kAsciiLetters[byte];
        if (letter == 0) break;
        hash = internal::AddByte(hash, letter);
        ++at;
        continue;
      }
      const Letter letter = ReadWide(text.substr(at));
      if (!letter.is_letter || (letter.alone && at != begin)) break;
      hash = AddCharacter(hash, letter.lower);
      at += letter.bytes;
      if (letter.alone) break;
    }
    if (at != begin) {
      words.push_back({internal::Finish(hash), static_cast<std::uint32_t>(begin),
                       static_cast<std::uint32_t>(at)});
      continue;
    }
    const auto byte = static_cast<unsigned char>(text[at]);
    at += byte < 0x80 ? 1 : DecodeUtf8(text.substr(at, 4)).bytes;
  }
}

std::string LowerWord(std::string_view text, const Word& word) {
  std::string lower;
  for (std::string_view rest = text.substr(word.begin, word.end - word.begin); !rest.empty();) {
    const DecodedChar decoded = DecodeUtf8(rest);
    AppendUtf8(ToLower(decoded.code_point), lower);
    rest.remove_prefix(decoded.bytes);
  }
  return lower;
}

}  // namespace routellm::text
