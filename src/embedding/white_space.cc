#include "embedding/white_space.h"

#include "text/utf8.h"

namespace routellm::embedding {

bool IsWhiteSpace(char32_t c) {
  return (c >= '\t' && c <= '\r') || c == ' ' || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

std::string_view StripLeft(std::string_view text) {
  while (!text.empty()) {
    const auto [c, bytes] = text::DecodeUtf8(text);
    if (!IsWhiteSpace(c)) break;
    text.remove_prefix(bytes);
  }
  return text;
}

std::string_view StripRight(std::string_view text) {
  std::size_t end = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto [c, bytes] = text::DecodeUtf8(text.substr(at));
    at += bytes;
    if (!IsWhiteSpace(c)) end = at;
  }
  return text.substr(0, end);
}

}  // namespace routellm::embedding
