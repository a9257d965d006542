#include "embedding/bert_words.h"

#include <utf8proc.h>

#include <algorithm>

#include "embedding/white_space.h"
#include "text/utf8.h"

namespace routellm::embedding {
namespace {

utf8proc_category_t Category(char32_t c) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(c));
}

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool IsDropped(char32_t c) {
  if (c == '\t' || c == '\n' || c == '\r') return false;
  const auto category = Category(c);
  return c == text::kReplacement || category == UTF8PROC_CATEGORY_CC ||
         category == UTF8PROC_CATEGORY_CF || category == UTF8PROC_CATEGORY_CO;
}

// ASCII's symbols count, other symbols do not.
bool IsPunctuation(char32_t c) {
  if (c < 0x80) {
    return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
           (c >= '{' && c <= '~');
  }
  const auto category = Category(c);
  return category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO;
}

bool IsCjk(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
         (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B81F) ||
         (c >= 0x2B920 && c <= 0x2CEAF) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0x2F800 && c <= 0x2FA1F);
}

std::string CleanAndSeparate(std::string_view text, const BertNormalization& normalization) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto [c, bytes] = text::DecodeUtf8(text);
    text.remove_prefix(bytes);
    if (normalization.clean_text && IsDropped(c)) continue;
    const bool separate = normalization.separate_cjk && IsCjk(c);
    if (separate) out += ' ';
    text::AppendUtf8(normalization.clean_text && IsWhiteSpace(c) ? U' ' : c, out);
    if (separate) out += ' ';
  }
  return out;
}

std::string StripAccents(const std::string& text) {
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const auto size = static_cast<utf8proc_ssize_t>(text.size());
  const auto needed = utf8proc_decompose(bytes, size, nullptr, 0, UTF8PROC_DECOMPOSE);
  if (needed < 0) return text;  // only where memory or numbers run out: `text` is valid UTF-8
  std::vector<utf8proc_int32_t> decomposed(static_cast<std::size_t>(needed));
  utf8proc_decompose(bytes, size, decomposed.data(), needed, UTF8PROC_DECOMPOSE);
  std::string out;
  out.reserve(text.size());
  for (const auto c : decomposed) {
    if (utf8proc_category(c) != UTF8PROC_CATEGORY_MN) {
      text::AppendUtf8(static_cast<char32_t>(c), out);
    }
  }
  return out;
}

void AppendLowerCase(char32_t c, std::string& out) {
  text::AppendUtf8(static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c))), out);
  // The only character whose lower case is two: i with a dot above.
  if (c == 0x130) text::AppendUtf8(0x307, out);
}

}  // namespace

std::vector<std::string> BertWords(std::string_view text, const BertNormalization& normalization) {
  std::string normalized = CleanAndSeparate(text, normalization);
  if (normalization.strip_accents && !IsAscii(normalized)) normalized = StripAccents(normalized);
  std::vector<std::string> words;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
  };
  for (std::string_view rest = normalized; !rest.empty();) {
    const auto [c, bytes] = text::DecodeUtf8(rest);
    const std::string_view character = rest.substr(0, bytes);
    rest.remove_prefix(bytes);
    if (IsWhiteSpace(c)) {
      end_word();
    } else if (IsPunctuation(c)) {
      end_word();
      words.emplace_back(character);
    } else if (normalization.lower_case) {
      AppendLowerCase(c, word);
    } else {
      word += character;
    }
  }
  end_word();
  return words;
}

}  // namespace routellm::embedding
