#include "benchmark_run/choice_letter.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <span>
#include <vector>

namespace routellm::benchmark_run {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

char Lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }
bool IsWordChar(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80;
}

std::string ToLower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), Lower);
  return out;
}

std::string_view Trim(std::string_view text, std::string_view what) {
  const std::size_t begin = text.find_first_not_of(what);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(what) - begin + 1);
}

// Without emphasis and the commands of formulas that wrap a letter: "\boxed{\text{B}}" is "B".
std::string Plain(std::string_view text) {
  std::string out(text);
  for (const std::string_view mark :
       {"\\boxed{", "\\textbf{", "\\text{", "\\mathrm{", "\\mathbf{"}) {
    for (std::size_t at = out.find(mark); at != std::string::npos; at = out.find(mark, at)) {
      out.erase(at, mark.size());
    }
  }
  std::erase_if(out, [](char c) { return c == '*' || c == '`' || c == '$'; });
  return out;
}

// For comparison: lower case, one space between words, no closing punctuation.
std::string Comparable(std::string_view text) {
  std::string out;
  for (const char c : Plain(text)) {
    if (kSpace.find(c) == std::string_view::npos) {
      out.push_back(Lower(c));
    } else if (!out.empty() && out.back() != ' ') {
      out.push_back(' ');
    }
  }
  return std::string(Trim(out, " .,;:!\"'"));
}

bool IsChoice(char upper) { return upper >= 'A' && upper < 'A' + static_cast<char>(kChoices); }

// The only option with this text.
std::optional<char> OptionWithText(std::string_view text, const Choices& choices) {
  const std::string wanted = Comparable(text);
  std::optional<char> found;
  if (wanted.empty()) return found;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    if (Comparable(choices[i]) != wanted) continue;
    if (found) return std::nullopt;
    found = static_cast<char>('A' + i);
  }
  return found;
}

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (const std::string_view trimmed = Trim(line, kSpace); !trimmed.empty()) {
      lines.push_back(trimmed);
    }
  }
  return lines;
}

std::optional<char> LoneLetter(std::string_view line) {
  const std::string_view letter = Trim(line, " \t()[]{}.,:;\"'");
  if (letter.size() != 1) return std::nullopt;
  const char upper = static_cast<char>(std::toupper(static_cast<unsigned char>(letter[0])));
  return IsChoice(upper) ? std::optional(upper) : std::nullopt;
}

// The words behind "answer" that may stand before the letter.
constexpr std::array<std::string_view, 16> kFillers = {
    "is",   "was",    "would",  "be",     "should",   "must",      "the",     "correct",
    "best", "option", "choice", "letter", "probably", "therefore", "clearly", "to"};

bool IsFiller(std::string_view word) {
  return std::find(kFillers.begin(), kFillers.end(), word) != kFillers.end();
}

// What "answer" (or the like, just before `rest`) states: from its letter or text on.
std::string_view Stated(std::string_view rest) {
  for (;;) {
    const std::size_t begin = rest.find_first_not_of(" \t\r\n:=-\"'([{");
    if (begin == std::string_view::npos) return {};
    rest.remove_prefix(begin);
    std::size_t end = 0;
    while (end < rest.size() && IsWordChar(rest[end])) ++end;
    if (end == 0 || !IsFiller(ToLower(rest.substr(0, end)))) return rest;
    rest.remove_prefix(end);
  }
}

// A capital letter of a choice that is a word of its own at the beginning of `text`.
std::optional<char> LetterAt(std::string_view text) {
  if (text.empty() || !IsChoice(text[0])) return std::nullopt;
  if (text.size() > 1 && (IsWordChar(text[1]) || text[1] == '\'')) return std::nullopt;
  return text[0];
}

// All that is stated behind `phrase`, a phrase in lower case.
std::vector<std::string_view> StatedBehind(std::string_view phrase, std::string_view text,
                                           std::string_view lower) {
  std::vector<std::string_view> stated;
  for (std::size_t at = lower.find(phrase); at != std::string_view::npos;
       at = lower.find(phrase, at + 1)) {
    const std::size_t end = at + phrase.size();
    if (end < lower.size() && IsWordChar(lower[end])) continue;
    stated.push_back(Stated(text.substr(end)));
  }
  return stated;
}

// The letters of "B is correct", "(B) is the right one", ...
void AddCalledCorrect(std::string_view text, std::string_view lower, std::set<char>& letters) {
  for (const std::string_view verdict : {" is correct", " is the correct", " is right",
                                         " is the right", " is the best", " is the answer"}) {
    for (std::size_t at = lower.find(verdict); at != std::string_view::npos;
         at = lower.find(verdict, at + 1)) {
      const std::string_view before = Trim(text.substr(0, at), " \t)]\"'");
      if (before.empty() || !IsChoice(before.back())) continue;
      if (before.size() > 1 && IsWordChar(before[before.size() - 2])) continue;
      letters.insert(before.back());
    }
  }
}

constexpr std::array<std::string_view, 8> kAnnouncements = {
    "answer",       "correct option", "correct choice", "correct letter", "correct statement is",
    "right option", "best option",    "best choice"};

std::set<char> StatedLetters(std::string_view text, std::string_view lower) {
  std::set<char> letters;
  for (const std::string_view phrase : kAnnouncements) {
    for (const std::string_view stated : StatedBehind(phrase, text, lower)) {
      if (const auto letter = LetterAt(stated)) letters.insert(*letter);
    }
  }
  AddCalledCorrect(text, lower, letters);
  return letters;
}

// "B. text", "(B) text", "B: text", "B - text", "B".
std::optional<char> Label(std::string_view line, std::string_view& behind) {
  line = Trim(line, " \t([");
  const auto letter = LetterAt(line);
  if (!letter) return std::nullopt;
  behind = line.substr(1);
  if (behind.empty()) return letter;
  if (behind.starts_with(" - ") || behind.starts_with(" \xE2\x80\x93 ")) {
    behind.remove_prefix(3);
    return letter;
  }
  if (std::string_view(").:]").find(behind[0]) == std::string_view::npos) return std::nullopt;
  behind = Trim(behind, ").:] \t");
  return letter;
}

// "B because ..." at the very beginning; of "A", whatever could be an article is not taken.
std::optional<char> ReasonedLetter(std::string_view first_line) {
  const auto letter = LetterAt(first_line);
  if (!letter) return std::nullopt;
  const std::string rest = ToLower(Trim(first_line.substr(1), ", "));
  for (const std::string_view word : {"because ", "since ", "as ", "is "}) {
    if (rest.starts_with(word) && (*letter != 'A' || word != "is ")) return letter;
  }
  return std::nullopt;
}

}  // namespace

std::optional<char> ChosenLetter(std::string_view answer, const Choices& choices) {
  const std::string plain = Plain(answer);
  const std::vector<std::string_view> lines = Lines(plain);
  if (lines.empty()) return std::nullopt;
  if (const auto letter = LoneLetter(lines.front())) return letter;

  const std::string lower = ToLower(plain);
  const std::set<char> stated = StatedLetters(plain, lower);
  if (!stated.empty()) return stated.size() == 1 ? std::optional(*stated.begin()) : std::nullopt;

  std::set<char> labels;
  for (const std::string_view line : lines) {
    std::string_view behind;
    const auto letter = Label(line, behind);
    if (!letter) continue;
    labels.insert(*letter);
    const auto named = OptionWithText(behind, choices);
    if (named && *named != *letter) labels.insert(*named);
  }
  if (!labels.empty()) return labels.size() == 1 ? std::optional(*labels.begin()) : std::nullopt;
  if (const auto letter = ReasonedLetter(lines.front())) return letter;

  if (const auto letter = OptionWithText(plain, choices)) return letter;
  if (const auto letter = OptionWithText(lines.front(), choices)) return letter;
  std::set<char> named;
  for (const std::string_view text : StatedBehind("answer", plain, lower)) {
    if (const auto letter = OptionWithText(text.substr(0, text.find('\n')), choices)) {
      named.insert(*letter);
    }
  }
  return named.size() == 1 ? std::optional(*named.begin()) : std::nullopt;
}

}  // namespace routellm::benchmark_run
