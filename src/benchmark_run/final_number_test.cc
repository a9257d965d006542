#include "benchmark_run/final_number.h"

#include <gmock/gmock.h>

#include <random>
#include <string>

namespace routellm::benchmark_run {
namespace {

std::string Read(std::string_view answer) {
  const auto number = FinalNumber(answer);
  return number ? number->text : "none";
}

TEST(FinalNumberTest, EqualValuesHaveOneForm) {
  EXPECT_EQ(Read("#### 72"), "72");
  EXPECT_EQ(Read("3.50"), "3.5");
  EXPECT_EQ(Read("$20.00"), "20");
  EXPECT_EQ(Read("1,234"), "1234");
  EXPECT_EQ(Read("It is 1,450,000."), "1450000");
  EXPECT_EQ(Read("007"), "7");
  EXPECT_EQ(Read("0.0"), "0");
  EXPECT_EQ(Read("-0"), "0");
  EXPECT_EQ(Read(".5 litres"), "0.5");
  EXPECT_EQ(Read("50%"), "50");
  EXPECT_EQ(Read("10/4"), "2.5");
  EXPECT_EQ(Read("6/3"), "2");
  EXPECT_EQ(Read("14/6"), "7/3");
  EXPECT_EQ(Read("3 1/2"), "3.5");
  EXPECT_EQ(Read("-3 1/2"), "-3.5");
  EXPECT_EQ(Read("123456789012345678901234567890.10"), "123456789012345678901234567890.1");
}

TEST(FinalNumberTest, SignsAndOperatorsAreTold) {
  EXPECT_EQ(Read("-10"), "-10");
  EXPECT_EQ(Read("\xE2\x88\x92"
                 "5 degrees"),
            "-5");
  EXPECT_EQ(Read("-$5"), "-5");
  EXPECT_EQ(Read("$-5"), "-5");
  EXPECT_EQ(Read("a balance of **-12.50**"), "-12.5");
  EXPECT_EQ(Read("x = -3"), "-3");
  EXPECT_EQ(Read("x=-3"), "-3");
  EXPECT_EQ(Read("20-5"), "5");
  EXPECT_EQ(Read("between 10\xE2\x80\x93"
                 "15"),
            "15");
  EXPECT_EQ(Read("a COVID-19"), "19");
  EXPECT_EQ(Read("(2+3)-4"), "4");
  EXPECT_EQ(Read("- 4 apples"), "4");
}

TEST(FinalNumberTest, GroupsOfThreeAreOneNumberAndOthersAreNot) {
  EXPECT_EQ(Read("1{,}234"), "1234");
  EXPECT_EQ(Read("12\xE2\x80\xAF"
                 "345"),
            "12345");
  EXPECT_EQ(Read("12\xC2\xA0"
                 "345"),
            "12345");
  EXPECT_EQ(Read("3, 4"), "4");
  EXPECT_EQ(Read("1,2,3"), "3");
  EXPECT_EQ(Read("1,2345"), "2345");
  EXPECT_EQ(Read("2024,100"), "100");
  EXPECT_EQ(Read("$1,234.56."), "1234.56");
}

TEST(FinalNumberTest, WhatOnlyLooksLikeANumberIsPassedOver) {
  EXPECT_EQ(Read("25 m^2"), "25");
  EXPECT_EQ(Read("25 m^{2}"), "25");
  EXPECT_EQ(Read("7 = x_1"), "7");
  EXPECT_EQ(Read("8 on 1/2/2024"), "8");
  EXPECT_EQ(Read("8 as of 1.2.3"), "8");
  EXPECT_EQ(Read("8 or 5/0"), "8");
  EXPECT_EQ(Read(""), "none");
  EXPECT_EQ(Read("no idea - $ . , /"), "none");
}

TEST(FinalNumberTest, TheMarkedResultComesFirst) {
  EXPECT_EQ(Read("So 3 + 4 = 7.\n#### 7\nThis took 2 steps."), "7");
  EXPECT_EQ(Read("#### $1,200.00 for 3 days"), "1200");
  EXPECT_EQ(Read("####-5"), "-5");
  EXPECT_EQ(Read("#### **18**"), "18");
  EXPECT_EQ(Read("#### 1 1/2 cups"), "1.5");
  EXPECT_EQ(Read("#### 1. Add\n3 + 4\n#### 2. Tell\nIt is 7"), "7");
  EXPECT_EQ(Read("#### Step 1\nIt is 7"), "7");
  EXPECT_EQ(Read("first #### 3, no: #### 4"), "4");
  EXPECT_EQ(Read("It is 9 <<3*3=9>>9.\n####"), "9");
  EXPECT_EQ(Read("so \\(\\boxed{72}\\) in 3 days"), "72");
  EXPECT_EQ(Read("\\boxed{\\text{\\$}1{,}000}, not 5"), "1000");
  EXPECT_EQ(Read("\\boxed{3"), "3");
  EXPECT_EQ(Read("\\boxed{none} but 5"), "5");
}

TEST(FinalNumberTest, AModelThatAsksItselfTheNextQuestionIsCutOff) {
  EXPECT_EQ(Read("#### 18\n\nQuestion: 2 and 3?\nAnswer: #### 5"), "18");
  EXPECT_EQ(Read("18\nQuestion: 2 and 3?"), "18");
  EXPECT_EQ(Read("\nQuestion: 2 and 3?"), "none");
}

// However a value is written, it is read back: properties over random values and spellings.
TEST(FinalNumberTest, EverySpellingOfAValueReadsTheSame) {
  std::mt19937_64 random(1);
  const auto below = [&](std::uint64_t limit) { return random() % limit; };
  for (int i = 0; i < 20000; ++i) {
    const std::uint64_t whole = random() >> (20 + below(44));
    std::string fraction = below(2) == 0 ? "" : std::to_string(below(100000));
    const bool negative = below(3) == 0;

    std::string trimmed = fraction;
    while (!trimmed.empty() && trimmed.back() == '0') trimmed.pop_back();
    std::string expected = std::to_string(whole) + (trimmed.empty() ? "" : "." + trimmed);
    if (negative && expected != "0") expected.insert(0, "-");

    std::string written = std::to_string(whole);
    if (below(2) == 0) {
      for (std::size_t at = written.size(); at > 3; at -= 3) written.insert(at - 3, ",");
    }
    if (!fraction.empty()) written += "." + fraction;
    if (below(3) == 0) written.insert(0, "$");
    if (negative) written.insert(0, below(2) == 0 ? "-" : "\xE2\x88\x92");
    if (below(3) == 0) written = "**" + written + "**";
    const char* const before[] = {"", "#### ", "It is ", "3 + 4 = ", "("};
    const char* const behind[] = {"", ".", " dollars", "%", "\n", ")", ", no more", "!"};
    written = before[below(5)] + written + behind[below(8)];
    ASSERT_EQ(Read(written), expected) << written;
  }
}

TEST(FinalNumberTest, AnyBytesAreSafeAndTheResultIsInItsShortestForm) {
  constexpr std::string_view kAlphabet = "0123456789,,..//--$ ^_{}#\\boxed\n\xE2\x88\x92\xC2\xA0q";
  std::mt19937_64 random(2);
  for (int i = 0; i < 50000; ++i) {
    std::string text;
    for (std::size_t n = random() % 40; n > 0; --n) {
      text.push_back(kAlphabet[random() % kAlphabet.size()]);
    }
    const auto number = FinalNumber(text);
    if (!number) continue;
    const auto again = FinalNumber(number->text);
    ASSERT_TRUE(again) << text;
    ASSERT_EQ(again->text, number->text) << text;
  }
}

}  // namespace
}  // namespace routellm::benchmark_run
