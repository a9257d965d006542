#include "text/dense_facts.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace routellm::text {
namespace {

constexpr std::array<DenseFact, FeatureBag::kDenseFacts> kFacts{{
    {"length", "ln(1 + bytes) / ln(1 + 32768), at most 1"},
    {"lines", "ln(1 + line ends) / ln(1 + 1024), at most 1"},
    {"word_length", "letters per word / 12, at most 1"},
    {"digit_share", "share of the bytes that are digits"},
    {"non_ascii_share", "share of the bytes outside ASCII"},
    {"ideograph_share", "3 * Chinese, Japanese and Korean characters / bytes, at most 1"},
    {"upper_share", "share of the bytes that are capital ASCII letters"},
    {"punctuation_share", "share of the bytes that are ASCII punctuation"},
    {"code_marks", "5 * share of the bytes among {}[];=<>_#, at most 1"},
    {"code_block", "1 if there is a ``` or a line that begins as code does"},
    {"latex_marks", "n / (n + 4) for n backslashes and dollar signs"},
    {"options", "lines that begin as an option does (A. or B) or (C)) / 10, at most 1"},
    {"questions", "n / (n + 1) for n question marks"},
    {"ends_with_question", "1 if the last mark is a question mark"},
    {"structured", "1 if the first mark is { or [ or <"},
    {"imperative", "1 if the first word asks for something to be done"},
}};

// Counts the bytes that satisfy `predicate`. Kept to byte arithmetic within a block, so that
// compilers vectorise it.
template <typename Predicate>
std::size_t CountBytes(std::string_view text, Predicate predicate) {
  std::size_t total = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t block = std::min<std::size_t>(text.size() - at, 240);
    std::uint8_t count = 0;
    for (std::size_t i = 0; i < block; ++i) {
      count = static_cast<std::uint8_t>(count + (predicate(bytes[at + i]) ? 1 : 0));
    }
    total += count;
    at += block;
  }
  return total;
}

constexpr bool InRange(unsigned char c, unsigned char first, unsigned char last) {
  return static_cast<unsigned char>(c - first) <= static_cast<unsigned char>(last - first);
}

bool IsPunctuation(unsigned char c) {
  return InRange(c, '!', '/') | InRange(c, ':', '@') | InRange(c, '[', '`') | InRange(c, '{', '~');
}

bool IsCodeMark(unsigned char c) {
  return (c == '{') | (c == '}') | (c == '[') | (c == ']') | (c == ';') | (c == '=') | (c == '<') |
         (c == '>') | (c == '_') | (c == '#');
}

bool BeginsAsOption(std::string_view line) {
  if (line.size() > 3 && line[0] == '(') line.remove_prefix(1);
  if (line.size() < 3 || !InRange(static_cast<unsigned char>(line[0] | 0x20), 'a', 'p'))
    return false;
  return (line[1] == '.' || line[1] == ')' || line[1] == ':') &&
         (line[2] == ' ' || line[2] == '\t');
}

bool BeginsAsCode(std::string_view line) {
  constexpr std::string_view kBeginnings[] = {"def ",      "class ",  "import ", "from ",
                                              "#include",  "public ", "const ",  "return ",
                                              "function ", "func ",   "SELECT ", "assert "};
  constexpr std::string_view kIndent = " \t";
  line.remove_prefix(std::min(line.find_first_not_of(kIndent), line.size()));
  return std::any_of(std::begin(kBeginnings), std::end(kBeginnings),
                     [&](std::string_view beginning) { return line.starts_with(beginning); });
}

struct LineMarks {
  std::size_t ends = 0;
  std::size_t options = 0;
  bool code = false;
};

LineMarks ScanLines(std::string_view text) {
  LineMarks marks;
  for (;;) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    marks.options += BeginsAsOption(line) ? 1 : 0;
    marks.code = marks.code || BeginsAsCode(line);
    if (end == std::string_view::npos) return marks;
    ++marks.ends;
    text.remove_prefix(end + 1);
  }
}

float LogScaled(std::size_t count, double most) {
  return static_cast<float>(
      std::min(1.0, std::log1p(static_cast<double>(count)) / std::log1p(most)));
}

float Saturating(std::size_t count, float half) {
  const auto n = static_cast<float>(count);
  return n / (n + half);
}

}  // namespace

std::span<const DenseFact, FeatureBag::kDenseFacts> DenseFacts() { return kFacts; }

void MeasureDenseFacts(std::string_view text, const TokenCounts& tokens,
                       std::array<float, FeatureBag::kDenseFacts>& facts) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  const auto share = [size = static_cast<float>(std::max<std::size_t>(text.size(), 1))](
                         std::size_t count) { return static_cast<float>(count) / size; };
  const LineMarks lines = ScanLines(text);
  const std::size_t first = text.find_first_not_of(kSpace);
  const std::size_t last = text.find_last_not_of(kSpace);
  const char first_mark = first == std::string_view::npos ? ' ' : text[first];
  const char last_mark = last == std::string_view::npos ? ' ' : text[last];
  const bool fenced = text.find("```") != std::string_view::npos;

  facts = {
      LogScaled(text.size(), 32768),
      LogScaled(lines.ends, 1024),
      std::min(1.0f, static_cast<float>(tokens.letters) /
                         (12.0f * static_cast<float>(std::max<std::size_t>(tokens.words, 1)))),
      share(CountBytes(text, [](unsigned char c) { return InRange(c, '0', '9'); })),
      share(CountBytes(text, [](unsigned char c) { return c >= 0x80; })),
      std::min(1.0f, share(3 * tokens.ideographs)),
      share(CountBytes(text, [](unsigned char c) { return InRange(c, 'A', 'Z'); })),
      share(CountBytes(text, IsPunctuation)),
      std::min(1.0f, 5.0f * share(CountBytes(text, IsCodeMark))),
      fenced || lines.code ? 1.0f : 0.0f,
      Saturating(CountBytes(text, [](unsigned char c) { return (c == '\\') | (c == '$'); }), 4.0f),
      std::min(1.0f, static_cast<float>(lines.options) / 10.0f),
      Saturating(CountBytes(text, [](unsigned char c) { return c == '?'; }), 1.0f),
      last_mark == '?' ? 1.0f : 0.0f,
      first_mark == '{' || first_mark == '[' || first_mark == '<' ? 1.0f : 0.0f,
      tokens.begins_with_imperative ? 1.0f : 0.0f,
  };
}

}  // namespace routellm::text
