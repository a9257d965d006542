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

TEST(WordsTest, TheHashIsTheSameEverywhere) {
  EXPECT_EQ(HashWord("the"), 0x362758281E1E46D7U);
  EXPECT_NE(HashWord("the"), HashWord("teh"));
}

}  // namespace
}  // namespace routellm::text
