#include "text/normalize.h"

#include "text/character_kind.h"
#include "text/utf8.h"

namespace routellm::text {
namespace {

constexpr char32_t FromFullWidth(char32_t c) { return c >= 0xFF01 && c < 0xFF5F ? c - 0xFEE0 : c; }

constexpr bool IsInvisible(char32_t c) {
  return c == 0xAD || (c >= 0x200B && c < 0x200E) || c == 0x2060 || c == 0xFEFF;
}

CharacterKind KindOf(char32_t c) {
  return c < 0x80 ? AsciiKind(static_cast<unsigned char>(c)) : WideKind(c);
}

}  // namespace

std::string NormalizeWords(std::string_view text) {
  std::string words;
  words.reserve(text.size());
  bool within_word = false;
  while (!text.empty()) {
    const auto [decoded, bytes] = DecodeUtf8(text);
    text.remove_prefix(bytes);
    if (IsInvisible(decoded)) continue;
    const char32_t character = ToLower(FromFullWidth(decoded));
    const CharacterKind kind = KindOf(character);
    const bool lone = kind == CharacterKind::kLone;
    const bool in_word = lone || kind == CharacterKind::kLetter || kind == CharacterKind::kDigit;
    if (in_word) {
      if ((lone || !within_word) && !words.empty()) words += ' ';
      AppendUtf8(character, words);
    }
    within_word = in_word && !lone;
  }
  return words;
}

}  // namespace routellm::text
