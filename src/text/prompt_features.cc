#include "text/prompt_features.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "text/known_words.h"
#include "text/words.h"

namespace routellm::text {
namespace {

constexpr std::array<PromptFact, PromptFeatures::kFacts> kFacts{{
    {"length", "ln(1 + bytes) / ln(1 + 32768), at most 1", "long", "short"},
    {"lines", "ln(1 + line ends) / ln(1 + 1024), at most 1", "many lines", "few lines"},
    {"digit_share", "share of the bytes that are digits", "many digits", "few digits"},
    {"non_ascii_share", "share of the bytes outside ASCII", "many characters outside ASCII",
     "hardly a character outside ASCII"},
    {"punctuation_share",
     "2 n / bytes for n bytes of ASCII punctuation in that half which has fewer",
     "punctuation throughout", "little punctuation"},
    {"code_marks", "5 * share of the bytes among {}[];=<>_#, at most 1",
     "many marks as in code: { } [ ] ; = < > _ #", "hardly any marks as in code"},
    {"code_block", "1 if there is a ``` or a line that begins as code does", "a block of code",
     "no block of code"},
    {"latex", "n / (n + 4), n twice the $ and \\ in that half which has fewer",
     "LaTeX marks throughout", "no LaTeX marks throughout"},
    {"options",
     "lines that begin as an option does (A. or B) or (C)) / 10, at most 1; 0 if the last one "
     "begins in the first half",
     "answers to choose from", "no answers to choose from"},
    {"questions", "n / (n + 1) for n question marks", "question marks", "no question mark"},
    {"ends_with_question", "1 if the last mark is a question mark", "ends with a question mark",
     "does not end with a question mark"},
    {"numbers", "n / (n + 4), n twice the numbers in that half which has fewer",
     "numbers throughout", "few or no numbers throughout"},
    {"stem", "ln(1 + bytes before the first option) / 10.4, at most 1",
     "a long question before the answers", "a short question before the answers"},
    {"blank", "1 if there is ____ or ...", "a blank to fill in", "no blank to fill in"},
    {"distinct_words", "share of the words that are distinct", "hardly a word twice",
     "words that repeat"},
    {"negation", "1 if the question, not its options, says not or except",
     "the question says not or except", "the question says neither not nor except"},
}};
enum Fact {
  kLength,
  kLines,
  kDigitShare,
  kNonAsciiShare,
  kPunctuationShare,
  kCodeMarks,
  kCodeBlock,
  kLatex,
  kOptions,
  kQuestions,
  kEndsWithQuestion,
  kNumbers,
  kStem,
  kBlank,
  kDistinctWords,
  kNegation
};

constexpr bool IsBlank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

constexpr bool InRange(unsigned char c, unsigned char first, unsigned char last) {
  return c >= first && c <= last;
}

// The classes of bytes that are counted, one byte of a 64-bit word for each.
enum ByteClass {
  kDigit,
  kNonAscii,
  kPunctuation,
  kCodeMark,
  kLatexMark,
  kQuestionMark,
  kLineEnd,
  kByteClasses
};
using ByteCounts = std::array<std::size_t, kByteClasses>;

constexpr std::uint64_t ClassesOf(unsigned char c) {
  constexpr std::string_view kCodeMarkBytes = "{}[];=<>_#";
  const bool punctuation =
      InRange(c, '!', '/') || InRange(c, ':', '@') || InRange(c, '[', '`') || InRange(c, '{', '~');
  std::uint64_t classes = 0;
  const auto set = [&](ByteClass byte_class, bool member) {
    if (member) classes |= std::uint64_t{1} << (8 * byte_class);
  };
  set(kDigit, InRange(c, '0', '9'));
  set(kNonAscii, c >= 0x80);
  set(kPunctuation, punctuation);
  set(kCodeMark, kCodeMarkBytes.find(static_cast<char>(c)) != std::string_view::npos);
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

// All classes at once: a count in each byte of one word, which is emptied before one can overflow.
ByteCounts CountClasses(std::string_view text) {
  ByteCounts counts{};
  while (!text.empty()) {
    const std::string_view block = text.substr(0, 255);
    std::uint64_t sums = 0;
    for (const char c : block) sums += kClasses[static_cast<unsigned char>(c)];
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += (sums >> (8 * i)) & 0xFF;
    text.remove_prefix(block.size());
  }
  return counts;
}

// What is looked at in each half of a prompt by itself, so that a sentence put before or after it
// does not count: the half that has less of it decides.
struct Half {
  ByteCounts bytes{};
  std::size_t numbers = 0;  // runs of digits
  std::size_t amounts = 0;  // $ before a digit: money, not LaTeX

  [[nodiscard]] std::size_t LatexMarks() const { return bytes[kLatexMark]; }
  [[nodiscard]] std::size_t LatexMarksButMoney() const { return bytes[kLatexMark] - amounts; }
};

// Of both halves' counts: at most their sum, and that only where they are equal.
std::size_t Throughout(std::size_t first, std::size_t second) {
  return 2 * std::min(first, second);
}

Half CountHalf(std::string_view text) {
  Half half{.bytes = CountClasses(text)};
  if (half.bytes[kDigit] == 0) return half;
  const auto is_digit = [](char c) { return static_cast<unsigned char>(c - '0') < 10; };
  half.numbers = is_digit(text[0]) ? 1 : 0;
  // Blocks so short that a byte can count them, and & instead of &&: the compiler takes many
  // characters at once.
  for (std::size_t begin = 1; begin < text.size(); begin += 255) {
    const std::size_t end = std::min(text.size(), begin + 255);
    std::uint8_t numbers = 0;
    std::uint8_t amounts = 0;
    for (std::size_t i = begin; i < end; ++i) {
      const bool digit = is_digit(text[i]);
      numbers = static_cast<std::uint8_t>(numbers + (digit & !is_digit(text[i - 1])));
      amounts = static_cast<std::uint8_t>(amounts + (digit & (text[i - 1] == '$')));
    }
    half.numbers += numbers;
    half.amounts += amounts;
  }
  return half;
}

bool BeginsAsOption(std::string_view line, unsigned char last) {
  if (line.size() > 3 && line[0] == '(') line.remove_prefix(1);
  if (line.size() < 3 || !InRange(static_cast<unsigned char>(line[0] | 0x20), 'a', last))
    return false;
  return (line[1] == '.' || line[1] == ')' || line[1] == ':') &&
         (line[2] == ' ' || line[2] == '\t');
}

// As find, but the compiler looks at many places at once; find stops at each that begins right.
template <std::size_t kSize>
bool Contains(std::string_view text, const char (&needle)[kSize]) {
  constexpr std::size_t kLength = kSize - 1;
  for (std::size_t block = 0; block + kLength <= text.size(); block += 1024) {
    const std::size_t end = std::min(text.size() - kLength + 1, block + 1024);
    std::uint8_t found = 0;
    for (std::size_t i = block; i < end; ++i) {
      unsigned here = 1;
      for (std::size_t k = 0; k < kLength; ++k) here &= text[i + k] == needle[k];
      found |= static_cast<std::uint8_t>(here);
    }
    if (found != 0) return true;
  }
  return false;
}

bool BeginsAsCode(std::string_view line) {
  constexpr std::string_view kBeginnings[] = {"def ",      "class ",  "import ", "from ",
                                              "#include",  "public ", "const ",  "return ",
                                              "function ", "func ",   "SELECT ", "assert "};
  while (line.starts_with(' ') || line.starts_with('\t')) line.remove_prefix(1);
  return std::any_of(std::begin(kBeginnings), std::end(kBeginnings),
                     [&](std::string_view beginning) { return line.starts_with(beginning); });
}

struct LineMarks {
  std::size_t options = 0;  // none if all of them begin in the first half: they are put before
  std::size_t stem = 0;     // bytes before the line end that the first option follows
  bool code = false;
};

LineMarks ScanLines(std::string_view text) {
  LineMarks marks{.stem = text.size()};
  std::size_t last_option = 0;
  for (std::size_t at = 0;;) {
    const std::size_t end = text.find('\n', at);
    const std::string_view line = text.substr(at, end - at);
    if (BeginsAsOption(line, 'p')) {
      ++marks.options;
      last_option = at;
    }
    if (at > 0 && marks.stem == text.size() && BeginsAsOption(line, 'a')) marks.stem = at - 1;
    marks.code = marks.code || BeginsAsCode(line);
    if (end == std::string_view::npos) break;
    at = end + 1;
  }
  if (last_option < text.size() / 2) {
    marks.options = 0;
    marks.stem = text.size();
  }
  return marks;
}

// Scratch memory of a thread.
struct Scratch {
  std::vector<Word> words;
  std::vector<std::uint32_t> seen;
};

std::size_t CountDistinct(std::span<const Word> words, std::vector<std::uint32_t>& seen) {
  const std::size_t slots = std::bit_ceil(2 * words.size() + 1);
  seen.assign(slots, 0);
  std::size_t distinct = 0;
  for (const Word& word : words) {
    const auto check = static_cast<std::uint32_t>(word.hash >> 32) | 1U;
    std::size_t at = word.hash & (slots - 1);
    // As in WordVectors::SlotOf.
    while ((seen[at] & 1U) * (seen[at] ^ check) != 0) at = (at + 1) & (slots - 1);
    distinct += seen[at] == 0 ? 1 : 0;
    seen[at] = check;
  }
  return distinct;
}

// Whether the question says "not" or "except", all in lower or all in upper case: before the
// options where there are some, else in its last 600 bytes.
bool IsNegated(std::string_view text, std::span<const Word> words, bool multiple_choice,
               std::size_t stem) {
  constexpr std::uint64_t kNot = HashWord("not");
  constexpr std::uint64_t kExcept = HashWord("except");
  const std::size_t begin = multiple_choice || text.size() < 600 ? 0 : text.size() - 600;
  const std::size_t end = multiple_choice ? stem : text.size();
  return std::any_of(words.begin(), words.end(), [&](const Word& word) {
    if ((word.hash != kNot && word.hash != kExcept) || word.begin < begin || word.end > end)
      return false;
    const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    return upper(text[word.begin]) == upper(text[word.begin + 1]);
  });
}

// How many words of each WordKind there are in each half.
using KindCounts = std::array<std::array<std::uint32_t, kWordKinds>, 2>;

KindCounts CountKinds(std::span<const Word> words, std::size_t middle) {
  KindCounts counts{};
  for (const Word& word : words) ++counts[word.begin < middle ? 0 : 1][kKnownWords.Kind(word.hash)];
  return counts;
}

// Whether there are numbers, in digits or in words, in both halves, and a question or a task.
bool AsksToCalculate(const Half& first, const Half& second, const KindCounts& kinds) {
  const bool asks = kinds[0][kTaskWord] + kinds[1][kTaskWord] > 0 ||
                    first.bytes[kQuestionMark] + second.bytes[kQuestionMark] > 0;
  return asks && first.numbers + kinds[0][kNumberWord] > 0 &&
         second.numbers + kinds[1][kNumberWord] > 0;
}

float LogScaled(std::size_t count, double divisor) {
  return static_cast<float>(std::min(1.0, std::log1p(static_cast<double>(count)) / divisor));
}

float Saturating(std::size_t count, float half) {
  const auto n = static_cast<float>(count);
  return n / (n + half);
}

float Clamped(float value) { return std::clamp(value, 0.0F, 1.0F); }

}  // namespace

std::span<const PromptFact, PromptFeatures::kFacts> PromptFacts() { return kFacts; }

std::span<const std::string_view, PromptFeatures::kFunctionWords> FunctionWords() {
  return kFunctionWords;
}

PromptFeatures ExtractPromptFeatures(std::string_view text, const WordVectors& vectors) {
  static const double kLengthScale = std::log1p(32768.0);
  static const double kLinesScale = std::log1p(1024.0);
  thread_local Scratch scratch;
  std::vector<Word>& words = scratch.words;
  SplitWords(text, words);

  const Half first = CountHalf(text.substr(0, text.size() / 2));
  const Half second = CountHalf(text.substr(text.size() / 2));
  const auto count = [&](ByteClass byte_class) {
    return first.bytes[byte_class] + second.bytes[byte_class];
  };
  const auto size = static_cast<float>(std::max<std::size_t>(text.size(), 1));
  const auto share = [&](ByteClass byte_class) {
    return static_cast<float>(count(byte_class)) / size;
  };
  const LineMarks lines = ScanLines(text);
  std::size_t end = text.size();
  while (end > 0 && IsBlank(text[end - 1])) --end;
  const bool multiple_choice = lines.options >= 3;
  const bool code = lines.code || Contains(text, "```");
  const auto word_count = static_cast<float>(std::max<std::size_t>(words.size(), 1));
  const auto flag = [](bool value) { return value ? 1.0F : 0.0F; };

  PromptFeatures features;
  auto& facts = features.facts;
  facts[kLength] = LogScaled(text.size(), kLengthScale);
  facts[kLines] = LogScaled(count(kLineEnd), kLinesScale);
  facts[kDigitShare] = share(kDigit);
  facts[kNonAsciiShare] = share(kNonAscii);
  facts[kPunctuationShare] =
      static_cast<float>(Throughout(first.bytes[kPunctuation], second.bytes[kPunctuation])) / size;
  facts[kCodeMarks] = std::min(1.0F, 5.0F * share(kCodeMark));
  facts[kCodeBlock] = flag(code);
  facts[kLatex] = Saturating(Throughout(first.LatexMarks(), second.LatexMarks()), 4.0F);
  facts[kOptions] = std::min(1.0F, static_cast<float>(lines.options) / 10.0F);
  facts[kQuestions] = Saturating(count(kQuestionMark), 1.0F);
  facts[kEndsWithQuestion] = flag(end > 0 && text[end - 1] == '?');
  facts[kNumbers] = Saturating(Throughout(first.numbers, second.numbers), 4.0F);
  facts[kStem] = LogScaled(lines.stem, 10.4);
  facts[kBlank] = flag(Contains(text, "____") || Contains(text, "..."));
  facts[kDistinctWords] = static_cast<float>(CountDistinct(words, scratch.seen)) / word_count;
  facts[kNegation] = flag(IsNegated(text, words, multiple_choice, lines.stem));

  const KindCounts kinds = CountKinds(words, text.size() / 2);
  for (std::size_t i = 0; i < PromptFeatures::kFunctionWords; ++i)
    features.function_words[i] =
        std::sqrt(static_cast<float>(kinds[0][i] + kinds[1][i]) / word_count);
  features.meaning = vectors.Mean(words);

  if (multiple_choice || code || Contains(text, "def ")) return features;
  const std::size_t latex = Throughout(first.LatexMarksButMoney(), second.LatexMarksButMoney());
  const std::size_t all_latex = first.LatexMarksButMoney() + second.LatexMarksButMoney();
  features.latex_mathematics =
      std::min(1.0F, 20.0F * static_cast<float>(latex) / std::max(size, 200.0F));
  if (all_latex < 2 && count(kLineEnd) <= 4 && AsksToCalculate(first, second, kinds))
    features.word_problem = Clamped((word_count - 10.0F) / 10.0F);
  return features;
}

}  // namespace routellm::text
