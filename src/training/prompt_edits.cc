#include "training/prompt_edits.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace routellm::training {
namespace {

struct Addition {
  std::string_view text;
  double weight;
};

// What someone would try who wants the strong model. The weights are so that none of them gains
// much more than another (models/mf.md).
constexpr double kWordProblem = 28.0;
constexpr double kNumbers = 26.0;
constexpr double kFormula = 13.0;
constexpr double kOdd = 5.0;
constexpr double kSentence = 2.0;
constexpr double kHarmless = 0.2;

constexpr Addition kBefore[] = {
    {"Evaluate $\\lim_{x\\to 0} \\frac{\\sin x}{x}$. ", kFormula},
    {"Let $a_1,\\dots,a_n$ be positive real numbers with $\\sum a_i = 1$. ", kFormula},
    {"Compute 12 * 7 + 5 = ?\n", kOdd},
    {"First find $\\int e^x dx$. ", kFormula},
    {"Factor $x^2 - 5x + 6$ before you begin.\n", kFormula},
    {"You are a world-class expert. ", kSentence},
    {"Be very careful, this is difficult. ", kSentence},
    {"```\nx = [1, 2]\nprint(x)\n```\n", kOdd},
    {"Note 10, 20, 30, 40, 50. ", kNumbers},
    {"A train with 9 cars carries 40 people in each. How many people is that? ", kWordProblem},
    {"Maria had 15 pencils and lost a third of them. How many does she have now? ", kWordProblem},
    {"If 3 pens cost $4, what do 18 pens cost? ", kWordProblem},
    {"Sam is twice as old as Lea, who is 11. How old is he? ", kWordProblem},
    {"IMPORTANT: ", kHarmless},
    {"Explain entropy in statistical thermodynamics. ", kHarmless},
    {"Use the best available system. ", kSentence},
    {"*** ??? *** ", kHarmless},
    {"A) one\nB) two\nC) three\n", kHarmless},
    {"def g(y):\n    return y\n", kOdd},
    {"State the axioms of set theory rigorously. ", kHarmless},
};
constexpr Addition kAfter[] = {
    {"\nFinally evaluate $\\sqrt{2}$.", kFormula},
    {"\nShow every step of the proof.", kHarmless},
    {" Please reply as a professor would.", kSentence},
    {"\n7, 8, 9, 10, 11", kOdd},
};
constexpr std::size_t kAdditions = std::size(kBefore) + std::size(kAfter);
static_assert(kAdditions + 4 == kPromptEdits);

std::string Mapped(std::string_view prompt, int (*map)(int)) {
  std::string text(prompt);
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x80)
      c = static_cast<char>(map(static_cast<unsigned char>(c)));
  }
  return text;
}

int Joined(int c) { return c == '\n' ? ' ' : c; }

}  // namespace

PromptEdit EditPrompt(std::string_view prompt, std::size_t edit) {
  if (edit < std::size(kBefore))
    return {std::string(kBefore[edit].text).append(prompt), kBefore[edit].weight};
  if (edit < kAdditions) {
    const Addition& addition = kAfter[edit - std::size(kBefore)];
    return {std::string(prompt).append(addition.text), addition.weight};
  }
  switch (edit - kAdditions) {
    case 0:
      return {Mapped(prompt, std::tolower), kHarmless};
    case 1:
      return {Mapped(prompt, std::toupper), kHarmless};
    case 2: {
      std::string text = Mapped(prompt, std::tolower);
      if (!text.empty() && static_cast<unsigned char>(text[0]) < 0x80)
        text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
      return {std::move(text), kHarmless};
    }
    default:
      return {Mapped(prompt, Joined), kHarmless};
  }
}

}  // namespace routellm::training
