#include "evidence/untrusted_text.h"

#include <algorithm>
#include <array>

namespace routellm::evidence {
namespace {

constexpr std::size_t kLongestToken = 64;
constexpr std::string_view kFullWidthBar = "\xEF\xBD\x9C";  // U+FF5C

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLetter(char c) { return IsUpper(c) || (c >= 'a' && c <= 'z'); }

char Lower(char c) { return IsUpper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

// How many characters from the front on `is` holds.
template <typename Predicate>
std::size_t Count(std::string_view text, Predicate is) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is) - text.begin());
}

std::string_view WithoutSlash(std::string_view text) {
  return text.starts_with('/') ? text.substr(1) : text;
}

// `text` begins behind the first "[".
bool IsSquareToken(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t digits = Count(text.substr(1), IsDigit);
    return digits > 0 && text.substr(1 + digits).starts_with("]]");
  }
  const std::string_view name = WithoutSlash(text);
  const std::size_t size = Count(name, [](char c) { return IsUpper(c) || c == '_'; });
  return size > 1 && name.substr(size).starts_with(']');
}

bool IsTokenName(std::string name) {
  static constexpr std::array<std::string_view, 10> kShort = {"s",    "bos", "eos", "unk",   "pad",
                                                              "mask", "cls", "sep", "think", "sys"};
  static constexpr std::array<std::string_view, 4> kBeginnings = {"unused", "reserved", "special",
                                                                  "0x"};
  std::transform(name.begin(), name.end(), name.begin(), Lower);
  return std::find(kShort.begin(), kShort.end(), name) != kShort.end() ||
         name.find('_') != std::string::npos ||
         std::any_of(kBeginnings.begin(), kBeginnings.end(),
                     [&](std::string_view beginning) { return name.starts_with(beginning); });
}

// `text` begins behind the first "<".
bool IsAngleToken(std::string_view text) {
  if (text.starts_with('|') || text.starts_with(kFullWidthBar)) return true;
  if (text.starts_with('<')) text.remove_prefix(1);
  const std::string_view name = WithoutSlash(text).substr(0, kLongestToken);
  const std::size_t size =
      Count(name, [](char c) { return IsLetter(c) || IsDigit(c) || c == '_' || c == '-'; });
  return name.substr(size).starts_with('>') && IsTokenName(std::string(name.substr(0, size)));
}

}  // namespace

std::string NeutralizeTokens(std::string_view text) {
  std::string safe;
  safe.reserve(text.size() + text.size() / 16);
  for (std::size_t i = 0; i < text.size(); ++i) {
    safe += text[i];
    const std::string_view behind = text.substr(i + 1);
    if ((text[i] == '[' && IsSquareToken(behind)) || (text[i] == '<' && IsAngleToken(behind)))
      safe += ' ';
  }
  return safe;
}

}  // namespace routellm::evidence
