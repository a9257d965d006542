#include "benchmark_run/choice_letter.h"

#include <gtest/gtest.h>

#include <random>

namespace routellm::benchmark_run {
namespace {

const Choices kOrgans = {"Bladder", "Gall bladder", "Ureter", "None of the above"};

char Read(std::string_view answer, const Choices& choices = kOrgans) {
  return ChosenLetter(answer, choices).value_or('-');
}

TEST(ChoiceLetterTest, ALetterAlone) {
  for (const char* answer :
       {"B", " b\n", "(B)", "**B**", "B.", "[B]", "\"B\"", "`B`", "$B$", "\\boxed{B}",
        "$\\boxed{\\text{B}}$", "B\n\nBecause it is so. A. is wrong", "\n\nB",
        "B\nQuestion: next\nAnswer: C"}) {
    EXPECT_EQ(Read(answer), 'B') << answer;
  }
}

TEST(ChoiceLetterTest, AStatement) {
  for (const char* answer :
       {"The answer is B.", "The answer is (B) Gall bladder.", "Answer: B", "**Answer:** B",
        "the correct answer is: **B**", "The correct answer is option B", "Correct option: B",
        "Let us see. A. is wrong, C. is wrong.\nSo the answer is B", "B is correct.",
        "I think that (B) is the right one", "Option A is wrong. The best choice is B",
        "Final Answer: $\\boxed{B}$", "The answer is \"B\""}) {
    EXPECT_EQ(Read(answer), 'B') << answer;
  }
}

TEST(ChoiceLetterTest, ALabel) {
  for (const char* answer : {"B. Gall bladder", "B) Gall bladder", "(B) Gall bladder", "B: Gall",
                             "B - Gall bladder", "B, because it is so", "B because it is so",
                             "B is what collects it", "It collects.\n\n(B) Gall bladder"}) {
    EXPECT_EQ(Read(answer), 'B') << answer;
  }
  EXPECT_EQ(Read("A because it is so"), 'A');
}

TEST(ChoiceLetterTest, TheTextOfAnOption) {
  EXPECT_EQ(Read("Bladder"), 'A');
  EXPECT_EQ(Read("gall bladder."), 'B');
  EXPECT_EQ(Read("The answer is the **ureter**."), 'C');
  EXPECT_EQ(Read("None of the above\nbecause all of them are wrong"), 'D');
  EXPECT_EQ(Read("7", {"5", "6", "7", "8"}), 'C');
}

TEST(ChoiceLetterTest, WhatIsAmbiguousChoosesNothing) {
  for (const char* answer :
       {"", "\n", "I do not know", "A or B", "A, B", "The answer is A. No, the answer is B.",
        "A. Bladder\nB. Gall bladder\nC. Ureter\nD. None of the above", "B. Ureter",
        "A bladder collects it", "A is an organ like any other", "The answer is not A", "E", "AB",
        "The answer is a matter of taste", "It collects in the bladder", "Because", "D'accord"}) {
    EXPECT_EQ(Read(answer), '-') << answer;
  }
  EXPECT_EQ(Read("7", {"7", "6", "7", "8"}), '-');
}

TEST(ChoiceLetterTest, AnyBytesAreSafe) {
  constexpr std::string_view kAlphabet = "ABCD abcd().:\n*\\boxed{}answer is correct\xE2\x80\x93";
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    for (std::size_t n = random() % 40; n > 0; --n) {
      text.push_back(kAlphabet[random() % kAlphabet.size()]);
    }
    const auto letter = ChosenLetter(text, kOrgans);
    ASSERT_TRUE(!letter || (*letter >= 'A' && *letter <= 'D')) << text;
  }
}

}  // namespace
}  // namespace routellm::benchmark_run
