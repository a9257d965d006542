#include "text/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace routellm::text {
namespace {

std::vector<std::string> Words(std::string_view text) {
  std::vector<Word> words;
  SplitWords(text, words);
  std::vector<std::string> lower;
  for (const Word& word : words) {
    lower.push_back(LowerWord(text, word));
    EXPECT_EQ(word.hash, HashWord(lower.back())) << lower.back();
  }
  return lower;
}

TEST(WordsTest, AreRunsOfLettersInLowerCase) {
  EXPECT_THAT(Words("What is 2nd-best? Don't KNOW_it"),
              ::testing::ElementsAre("what", "is", "nd", "best", "don", "t", "know", "it"));
  EXPECT_THAT(Words(" 12 + 34 = ? "), ::testing::IsEmpty());
  EXPECT_THAT(Words(""), ::testing::IsEmpty());
}

TEST(WordsTest, HaveLettersOfAllAlphabets) {
  EXPECT_THAT(Words("Über ÉTÉ Ωμέγα Жизнь"),
              ::testing::ElementsAre("über", "été", "ωμέγα", "жизнь"));
  EXPECT_THAT(Words("ab写诗cd"), ::testing::ElementsAre("ab", "写", "诗", "cd"));
}

TEST(WordsTest, InvalidBytesSeparate) {
  EXPECT_THAT(Words("one\xFFtwo\xE5\x86 three\xC3"), ::testing::ElementsAre("one", "two", "three"));
}

TEST(WordsTest, ReachAsFarAsTheyAreLookedAt) {
  std::string text(kMaxWordBytes - 1, ' ');
  text += "ab cd";
  EXPECT_THAT(Words(text), ::testing::ElementsAre("a"));
}

// Words are found 64 bytes and hashed 8 bytes at a time.
TEST(WordsTest, MayHaveAnyLengthAndPlace) {
  for (std::size_t length = 1; length <= 70; ++length) {
    for (const std::string& word : {std::string(length, 'X'), "é" + std::string(length, 'X')}) {
      for (std::size_t before = 0; before <= 70; ++before) {
        const std::string spaces(before, ' ');
        const std::string lower = word.substr(0, word.size() - length) + std::string(length, 'x');
        ASSERT_THAT(Words(spaces + word), ::testing::ElementsAre(lower));
        ASSERT_THAT(Words(spaces + word + "-y"), ::testing::ElementsAre(lower, "y"));
      }
    }
  }
}

TEST(WordsTest, ByteByByteAreLettersOrNot) {
  for (int c = 0; c < 128; ++c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    EXPECT_EQ(Words(std::string("a") + static_cast<char>(c) + "b").size(), letter ? 1 : 2) << c;
  }
}

TEST(WordsTest, TheHashIsTheSameEverywhere) {
  EXPECT_EQ(HashWord("the"), 0x02D905F230AE684FU);
  EXPECT_NE(HashWord("the"), HashWord("teh"));
}

}  // namespace
}  // namespace routellm::text
