#include "openai/json_text.h"

#include <cstdint>
#include <cstring>

#include "text/utf8.h"

namespace routellm::openai {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The value of a hexadecimal digit, or -1.
int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The code unit of the four hexadecimal digits at `text`, or -1.
int ParseUnit(std::string_view text) {
  if (text.size() < 4) return -1;
  int unit = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const int digit = HexValue(text[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

bool IsString(std::string_view token) {
  if (token.size() < 2 || token.front() != '"' || token.back() != '"') return false;
  const std::string_view text = token.substr(1, token.size() - 2);
  for (std::size_t i = text.find('\\'); i != std::string_view::npos; i = text.find('\\', i)) {
    if (i + 1 >= text.size()) return false;
    const char kind = text[i + 1];
    if (kind == 'u') {
      if (ParseUnit(text.substr(i + 2)) < 0) return false;
      i += 6;
    } else {
      if (std::strchr("\"\\/bfnrt", kind) == nullptr || kind == '\0') return false;
      i += 2;
    }
  }
  return true;
}

std::size_t SkipDigits(std::string_view text, std::size_t i) {
  while (i < text.size() && IsDigit(text[i])) ++i;
  return i;
}

bool IsNumber(std::string_view token) {
  std::size_t i = !token.empty() && token[0] == '-' ? 1 : 0;
  const std::size_t whole = i;
  i = SkipDigits(token, i);
  if (i == whole || (token[whole] == '0' && i > whole + 1)) return false;
  if (i < token.size() && token[i] == '.') {
    const std::size_t fraction = ++i;
    i = SkipDigits(token, i);
    if (i == fraction) return false;
  }
  if (i < token.size() && (token[i] == 'e' || token[i] == 'E')) {
    ++i;
    if (i < token.size() && (token[i] == '+' || token[i] == '-')) ++i;
    const std::size_t exponent = i;
    i = SkipDigits(token, i);
    if (i == exponent) return false;
  }
  return i == token.size();
}

// The code point of the escape at `text` (which begins with a backslash); its length in `length`.
std::uint32_t DecodeEscape(std::string_view text, std::size_t& length) {
  constexpr std::uint32_t kReplacement = 0xFFFD;
  length = 2;
  switch (text[1]) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'u':
      break;
    default:
      return static_cast<unsigned char>(text[1]);
  }
  length = 6;
  const auto unit = static_cast<std::uint32_t>(ParseUnit(text.substr(2)));
  if (unit < 0xD800 || unit > 0xDFFF) return unit;
  if (unit < 0xDC00 && text.size() >= 12 && text[6] == '\\' && text[7] == 'u') {
    const auto low = static_cast<std::uint32_t>(ParseUnit(text.substr(8)));
    if (low >= 0xDC00 && low <= 0xDFFF) {
      length = 12;
      return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    }
  }
  return kReplacement;
}

}  // namespace

bool IsJsonScalar(std::string_view token) {
  if (token.empty()) return false;
  if (token[0] == '"') return IsString(token);
  if (token[0] == '-' || IsDigit(token[0])) return IsNumber(token);
  return token == "true" || token == "false" || token == "null";
}

bool AppendJsonString(std::string_view token, std::size_t max_size, std::string& out) {
  std::string_view rest = token.substr(1, token.size() - 2);
  while (!rest.empty() && out.size() < max_size) {
    const std::string_view plain = rest.substr(0, rest.find('\\'));
    const std::string_view fits = text::TruncateUtf8(plain, max_size - out.size());
    out.append(fits);
    if (fits.size() < plain.size()) return false;
    rest.remove_prefix(plain.size());
    if (rest.empty()) return true;
    std::size_t length = 0;
    const std::size_t before = out.size();
    text::AppendUtf8(DecodeEscape(rest, length), out);
    if (out.size() > max_size) {
      out.resize(before);
      return false;
    }
    rest.remove_prefix(length);
  }
  return rest.empty();
}

std::string ToJsonString(std::string_view text) {
  if (!text::IsValidUtf8(text)) return ToJsonString(text::SanitizeUtf8(text));
  constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[c & 0xF];
    } else {
      out += c;
    }
  }
  return out += '"';
}

}  // namespace routellm::openai
