// UTF-8 as it comes from clients: possibly invalid, never trusted. All functions are pure and
// thread-safe and accept any bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace routellm::text {

// What an invalid byte decodes to.
inline constexpr char32_t kReplacement = 0xFFFD;

struct DecodedChar {
  char32_t code_point;
  std::uint32_t bytes;  // 1 to 4; 1 for an invalid byte
};

// Decodes the character at `text[0]`; `text` must not be empty. Overlong forms, surrogates, values
// above U+10FFFF and cut-off sequences are invalid: the first byte decodes to kReplacement.
[[nodiscard]] DecodedChar DecodeUtf8(std::string_view text);

// Appends a Unicode scalar value as 1 to 4 bytes.
void AppendUtf8(char32_t code_point, std::string& out);

[[nodiscard]] bool IsValidUtf8(std::string_view text);

// `text` with each invalid byte replaced by U+FFFD.
[[nodiscard]] std::string SanitizeUtf8(std::string_view text);

// The longest prefix of at most `max_bytes` bytes that does not end within a character of `text`.
[[nodiscard]] std::string_view TruncateUtf8(std::string_view text, std::size_t max_bytes);

// Lower case of the alphabets with simple one-to-one case pairs: ASCII, Latin-1, Latin Extended-A,
// Greek, Cyrillic, Armenian and the full-width forms. Everything else is returned as it is.
// Independent of the locale.
[[nodiscard]] char32_t ToLower(char32_t code_point);

}  // namespace routellm::text
