#include "benchmark_run/judge.h"

#include <gmock/gmock.h>

namespace routellm::benchmark_run {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(JudgeTest, TheLastRatingCounts) {
  EXPECT_EQ(Rating("Good.\nRating: [[8]]"), 8.0);
  EXPECT_EQ(Rating("[[7.5]]"), 7.5);
  EXPECT_EQ(Rating("It asked for [[1]].\nRating: [[ 9 ]]"), 9.0);
  EXPECT_EQ(Rating("[[10/10]]"), 10.0);
}

TEST(JudgeTest, WhatIsNoRatingIsTold) {
  for (const char* judgement : {"", "8", "[8]", "[[8", "[[]]", "[[0]]", "[[11]]", "[[-3]]",
                                "[[nan]]", "[[8/20]]", "[[rating]]", "[[5]] but [[no]]"}) {
    EXPECT_FALSE(Rating(judgement)) << judgement;
  }
}

TEST(JudgeTest, TheJudgeSeesTheConversationUpToTheTurn) {
  const std::vector<Turn> turns = {{"q one", "a one", ""}, {"q two", "a two", ""}};
  const auto first = JudgeMessages({turns.front()});
  ASSERT_EQ(first.size(), 2U);
  EXPECT_THAT(first[0]["content"].get<std::string>(), HasSubstr("the assistant's answer"));
  EXPECT_THAT(first[0]["content"].get<std::string>(), Not(HasSubstr("reference")));
  EXPECT_THAT(first[1]["content"].get<std::string>(), Not(HasSubstr("two")));
  const auto second = JudgeMessages(turns);
  EXPECT_THAT(second[0]["content"].get<std::string>(), HasSubstr("the assistant's last answer"));
  EXPECT_THAT(second[1]["content"].get<std::string>(),
              HasSubstr("<assistant turn=\"2\">\na two\n"));
}

TEST(JudgeTest, ReferencesAreShownWhereThereAreSome) {
  const auto messages = JudgeMessages({{"q", "a", "right"}, {"q2", "a2", ""}});
  EXPECT_THAT(messages[0]["content"].get<std::string>(), HasSubstr("reference answer"));
  const std::string shown = messages[1]["content"];
  EXPECT_THAT(shown, HasSubstr("<reference turn=\"1\">\nright\n</reference>"));
  EXPECT_THAT(shown, Not(HasSubstr("<reference turn=\"2\">")));
}

}  // namespace
}  // namespace routellm::benchmark_run
