// What a character is to whoever splits a text into words. All functions are pure.
#pragma once

#include <cstdint>

#include "text/utf8.h"

namespace routellm::text {

enum class CharacterKind : std::uint8_t {
  kSeparator,    // white space, control characters; outside ASCII punctuation, too
  kLetter,       // outside ASCII any character of a script that is written in words
  kDigit,        // of ASCII, and full-width
  kPunctuation,  // of ASCII
  kLone,         // a word of its own: an ideograph, a Korean syllable, a symbol, an emoji
};

[[nodiscard]] constexpr CharacterKind AsciiKind(unsigned char c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return CharacterKind::kLetter;
  if (c >= '0' && c <= '9') return CharacterKind::kDigit;
  return c > ' ' && c < 0x7F ? CharacterKind::kPunctuation : CharacterKind::kSeparator;
}

// Whether the character's script is written without spaces.
[[nodiscard]] constexpr bool IsIdeograph(char32_t c) {
  return (c >= 0x3040 && c < 0x3100) || (c >= 0x3400 && c < 0x4DC0) ||
         (c >= 0x4E00 && c < 0xA000) || (c >= 0xAC00 && c < 0xD7B0) ||
         (c >= 0xF900 && c < 0xFB00) || (c >= 0x20000 && c < 0x40000);
}

// Of a code point outside ASCII.
[[nodiscard]] constexpr CharacterKind WideKind(char32_t c) {
  using enum CharacterKind;
  if (c < 0xC0) return c == 0xAA || c == 0xB5 || c == 0xBA ? kLetter : kSeparator;
  if (c < 0x2000) return c == 0xD7 || c == 0xF7 ? kLone : kLetter;
  if (c < 0x2070) return kSeparator;  // spaces, dashes, quotation marks
  if (c < 0x2C00) return kLone;       // arrows, mathematics, boxes
  if (IsIdeograph(c)) return kLone;
  if (c >= 0x3000 && c < 0x3040) return kSeparator;
  if (c >= 0xFF00 && c < 0xFF21) return c >= 0xFF10 && c < 0xFF1A ? kDigit : kSeparator;
  if (c >= 0x1F000 && c < 0x20000) return kLone;
  return c == kReplacement || c == 0xFEFF ? kSeparator : kLetter;
}

}  // namespace routellm::text
