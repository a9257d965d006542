// A text as words that can be compared: what is left when case, white space and punctuation do not
// count.
#pragma once

#include <string>
#include <string_view>

namespace routellm::text {

// The words of `text`, separated by one space. Any bytes are safe; pure and thread-safe.
//
// A word is a run of letters and digits, in lower case (text/utf8.h); an ideograph, a Korean
// syllable, and a symbol or emoji outside ASCII are words of their own (text/character_kind.h).
// All else separates words: white space, punctuation, ASCII's symbols, control characters, invalid
// bytes. Of what Unicode calls compatibility forms (NFKC) these are made equal: full-width forms
// become ASCII, and soft hyphens, zero-width characters and byte order marks vanish. Composed and
// decomposed accents (NFC, NFD) stay different, as do ligatures, superscripts and the like.
[[nodiscard]] std::string NormalizeWords(std::string_view text);

}  // namespace routellm::text
