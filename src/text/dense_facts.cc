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

constexpr bool InRange(unsigned char c, unsigned char first, unsigned char last) {
  return c >= first && c <= last;
}

// The classes of bytes that are counted, one byte of a 64-bit word for each.
enum ByteClass {
  kDigit,
  kNonAscii,
  kUpper,
  kPunctuation,
  kCodeMark,
  kLatexMark,
  kQuestionMark,
  kLineEnd
};

constexpr std::uint64_t ClassesOf(unsigned char c) {
  constexpr std::string_view kCodeMarks = "{}[];=<>_#";
  const bool punctuation =
      InRange(c, '!', '/') || InRange(c, ':', '@') || InRange(c, '[', '`') || InRange(c, '{', '~');
  std::uint64_t classes = 0;
  const auto set = [&](ByteClass byte_class, bool member) {
    if (member) classes |= std::uint64_t{1} << (8 * byte_class);
  };
  set(kDigit, InRange(c, '0', '9'));
  set(kNonAscii, c >= 0x80);
  set(kUpper, InRange(c, 'A', 'Z'));
  set(kPunctuation, punctuation);
  set(kCodeMark, kCodeMarks.find(static_cast<char>(c)) != std::string_view::npos);
  set(kLatexMark, c == '\\' || c == '$');
  set(kQuestionMark, c == '?');
  set(kLineEnd, c == '\n');
  return classes;
}

constexpr auto kClasses = [] {
  std::array<std::uint64_t, 256> classes{};
  for (std::size_t c = 0; c < classes.size(); ++c)
    classes[c] = ClassesOf(static_cast<unsigned char>(c));
  return classes;
}();

// All classes at once: eight counts in one word, which is emptied before one of them can overflow.
std::array<std::size_t, 8> CountClasses(std::string_view text) {
  std::array<std::size_t, 8> counts{};
  while (!text.empty()) {
    const std::string_view block = text.substr(0, 255);
    std::uint64_t sums = 0;
    for (const char c : block) sums += kClasses[static_cast<unsigned char>(c)];
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += (sums >> (8 * i)) & 0xFF;
    text.remove_prefix(block.size());
  }
  return counts;
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
  const std::array<std::size_t, 8> counts = CountClasses(text);
  const LineMarks lines = ScanLines(text);
  const std::size_t first = text.find_first_not_of(kSpace);
  const std::size_t last = text.find_last_not_of(kSpace);
  const char first_mark = first == std::string_view::npos ? ' ' : text[first];
  const char last_mark = last == std::string_view::npos ? ' ' : text[last];
  const bool fenced = text.find("```") != std::string_view::npos;

  facts = {
      LogScaled(text.size(), 32768),
      LogScaled(counts[kLineEnd], 1024),
      std::min(1.0f, static_cast<float>(tokens.letters) /
                         (12.0f * static_cast<float>(std::max<std::size_t>(tokens.words, 1)))),
      share(counts[kDigit]),
      share(counts[kNonAscii]),
      std::min(1.0f, share(3 * tokens.ideographs)),
      share(counts[kUpper]),
      share(counts[kPunctuation]),
      std::min(1.0f, 5.0f * share(counts[kCodeMark])),
      fenced || lines.code ? 1.0f : 0.0f,
      Saturating(counts[kLatexMark], 4.0f),
      std::min(1.0f, static_cast<float>(lines.options) / 10.0f),
      Saturating(counts[kQuestionMark], 1.0f),
      last_mark == '?' ? 1.0f : 0.0f,
      first_mark == '{' || first_mark == '[' || first_mark == '<' ? 1.0f : 0.0f,
      tokens.begins_with_imperative ? 1.0f : 0.0f,
  };
}

}  // namespace routellm::text
