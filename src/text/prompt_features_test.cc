#include "text/prompt_features.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <string>

#include "core/testing/allocations.h"

namespace routellm::text {
namespace {

const WordVectors& NoWords() {
  static const WordVectors vectors = *WordVectors::Create({});
  return vectors;
}

PromptFeatures Extract(std::string_view text) { return ExtractPromptFeatures(text, NoWords()); }

float Fact(std::string_view text, std::string_view name) {
  const auto facts = PromptFacts();
  const auto found =
      std::find_if(facts.begin(), facts.end(), [&](const PromptFact& f) { return f.name == name; });
  return Extract(text).facts.at(static_cast<std::size_t>(found - facts.begin()));
}

float FunctionWord(std::string_view text, std::string_view word) {
  const auto words = FunctionWords();
  const auto found = std::find(words.begin(), words.end(), word);
  return Extract(text).function_words.at(static_cast<std::size_t>(found - words.begin()));
}

constexpr std::string_view kChoice = "Which is not prime?\nA. 2\nB. 3\nC. 4\nD. 5";

TEST(PromptFactsTest, SeeWhatTheyAreNamedFor) {
  EXPECT_FLOAT_EQ(Fact("abcde", "length"), std::log1p(5.0F) / std::log1p(32768.0F));
  EXPECT_FLOAT_EQ(Fact("a\nb\nc", "lines"), std::log1p(2.0F) / std::log1p(1024.0F));
  EXPECT_FLOAT_EQ(Fact("a1b22", "digit_share"), 0.6F);
  EXPECT_FLOAT_EQ(Fact("é", "non_ascii_share"), 1.0F);
  EXPECT_FLOAT_EQ(Fact("a, b!", "punctuation_share"), 0.4F);
  EXPECT_FLOAT_EQ(Fact("x = [1];   ", "code_marks"), 1.0F);
  EXPECT_FLOAT_EQ(Fact("hello\n  def f(x): pass", "code_block"), 1.0F);
  EXPECT_FLOAT_EQ(Fact("see ```x```", "code_block"), 1.0F);
  EXPECT_FLOAT_EQ(Fact("a definite answer", "code_block"), 0.0F);
  EXPECT_FLOAT_EQ(Fact(kChoice, "options"), 0.4F);
  EXPECT_FLOAT_EQ(Fact("Why? How? When?", "questions"), 0.75F);
  EXPECT_FLOAT_EQ(Fact("Why? \n", "ends_with_question"), 1.0F);
  EXPECT_FLOAT_EQ(Fact(kChoice, "stem"), std::log1p(19.0F) / 10.4F);
  EXPECT_FLOAT_EQ(Fact("A ____ is", "blank"), 1.0F);
  EXPECT_FLOAT_EQ(Fact("and so on...", "blank"), 1.0F);
  for (std::size_t before = 1000; before < 1050; ++before) {
    const std::string text(before, ' ');
    EXPECT_FLOAT_EQ(Fact(text + "____", "blank"), 1.0F);
    EXPECT_FLOAT_EQ(Fact(text + "..", "blank"), 0.0F);
  }
  EXPECT_FLOAT_EQ(Fact("one two One", "distinct_words"), 2.0F / 3.0F);
}

TEST(PromptFactsTest, BothHalvesMustHaveLatexOrNumbers) {
  EXPECT_FLOAT_EQ(Fact("$x$ is here and nothing of the kind there", "latex"), 0.0F);
  EXPECT_FLOAT_EQ(Fact("$x$ here, $y$ now", "latex"), 4.0F / 8.0F);
  EXPECT_FLOAT_EQ(Fact("10 20 30 and then words and words alone", "numbers"), 0.0F);
  EXPECT_FLOAT_EQ(Fact("10 apples, 20 pears", "numbers"), 2.0F / 6.0F);
}

TEST(PromptFactsTest, WhatIsPutBeforeThePromptDoesNotMakeItMultipleChoice) {
  const std::string before = "A. yes\nB. no\nC. maybe\n";
  EXPECT_FLOAT_EQ(Fact(before + "Who wrote the book about the white whale?", "options"), 0.0F);
  EXPECT_FLOAT_EQ(Fact(before + std::string(kChoice), "options"), 0.7F);
  EXPECT_FLOAT_EQ(Fact("?!?!?! what is it that they want", "punctuation_share"), 0.0F);
}

TEST(PromptFactsTest, NegationIsLookedForInTheQuestion) {
  EXPECT_FLOAT_EQ(Fact(kChoice, "negation"), 1.0F);
  EXPECT_FLOAT_EQ(Fact("Which is it?\nA. not this\nB. that\nC. these", "negation"), 0.0F);
  EXPECT_FLOAT_EQ(Fact("All EXCEPT one", "negation"), 1.0F);
  EXPECT_FLOAT_EQ(Fact("Not so", "negation"), 0.0F) << "at the start of a sentence";
  EXPECT_FLOAT_EQ(Fact("not this" + std::string(700, ' ') + "but that", "negation"), 0.0F);
}

TEST(PromptFactsTest, NamesAreDistinct) {
  std::set<std::string_view> names;
  for (const PromptFact& fact : PromptFacts()) names.insert(fact.name);
  EXPECT_EQ(names.size(), PromptFeatures::kFacts);
  const auto words = FunctionWords();
  EXPECT_EQ(std::set<std::string_view>(words.begin(), words.end()).size(), words.size());
}

TEST(PromptFeaturesTest, CountFunctionWords) {
  EXPECT_FLOAT_EQ(FunctionWord("The end of the story", "the"), std::sqrt(0.4F));
  EXPECT_FLOAT_EQ(FunctionWord("The end of the story", "story"), std::sqrt(0.2F));
  EXPECT_FLOAT_EQ(FunctionWord("The end of the story", "python"), 0.0F);
}

TEST(PromptFeaturesTest, SeeKinds) {
  const std::string apples =
      "Tom has 12 apples and gives 3 of them to Ann, who has 4 already. "
      "Then Ann eats 2 and Tom eats 1. How many apples does Ann have now, and Tom?";
  EXPECT_FLOAT_EQ(Extract(apples).word_problem, 1.0F);
  EXPECT_FLOAT_EQ(Extract(apples).latex_mathematics, 0.0F);
  EXPECT_FLOAT_EQ(Extract(apples + "\nA. 1\nB. 2\nC. 3").word_problem, 0.0F);
  EXPECT_FLOAT_EQ(Extract("```x```" + apples).word_problem, 0.0F);

  const std::string roots = "Let $x^2 + y^2 = 1$ and $x + y = 2$. Find all $x$ with $x > y$.";
  EXPECT_FLOAT_EQ(Extract(roots).latex_mathematics, 20.0F * 6.0F / 200.0F);
  EXPECT_FLOAT_EQ(Extract(roots).word_problem, 0.0F);
  EXPECT_FLOAT_EQ(Extract("It costs $5 here and $6 there, $7 in all.").latex_mathematics, 0.0F)
      << "money is not LaTeX";
}

TEST(PromptFeaturesTest, AnyBytesAreSafe) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 2000; ++i) {
    std::string text(random() % 64, '\0');
    for (char& c : text) c = static_cast<char>(random());
    const PromptFeatures features = Extract(text);
    for (const float fact : features.facts) {
      ASSERT_GE(fact, 0.0F);
      ASSERT_LE(fact, 1.0F);
    }
    for (const float share : features.function_words) ASSERT_TRUE(std::isfinite(share));
  }
}

TEST(PromptFeaturesTest, AllocatesNothingInTheSteadyState) {
  std::string text;
  for (int i = 0; i < 3000; ++i)
    text += "word" + std::string(1, static_cast<char>('a' + i % 26)) + " 1 ";
  (void)Extract(text);
  const std::size_t before = AllocationsOfThisThread();
  for (int i = 0; i < 10; ++i) (void)Extract(text);
  EXPECT_EQ(AllocationsOfThisThread(), before);
}

}  // namespace
}  // namespace routellm::text
