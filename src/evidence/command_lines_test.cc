#include "evidence/command_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace routellm::evidence {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(AskLineTest, IsOneLineOfJson) {
  EXPECT_EQ(AskLine(7, "a \"b\"\n\tc \xE2\x82\xAC"),
            "{\"id\":7,\"prompt\":\"a \\\"b\\\"\\u000a\\u0009c \xE2\x82\xAC\"}\n");
}

TEST(ReadAnswerLineTest, ReadsIdAndWinRate) {
  const auto answer = ReadAnswerLine(R"( {"why": [1], "win_rate": 0.25, "id": 12} )");
  ASSERT_TRUE(answer) << answer.error().ToString();
  EXPECT_EQ(answer->id, 12U);
  EXPECT_EQ(answer->win_rate->value(), 0.25);
  EXPECT_EQ(ReadAnswerLine(R"({"id":1,"win_rate":1})")->win_rate->value(), 1.0);
  EXPECT_EQ(ReadAnswerLine(R"({"id":1,"win_rate":0})")->win_rate->value(), 0.0);
}

TEST(ReadAnswerLineTest, AnErrorBelongsToItsQuestion) {
  const auto answer = ReadAnswerLine("{\"id\":3,\"error\":\"no\\nmodel\"}");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->win_rate.error().code, ErrorCode::kUpstreamUnavailable);
  EXPECT_THAT(answer->win_rate.error().ToString(), HasSubstr("no model"));
  for (const std::string_view value : {"1.01", "-0.1", "\"0.5\"", "null", "[]", "1e999"}) {
    const auto wrong = ReadAnswerLine(R"({"id":3,"win_rate":)" + std::string(value) + "}");
    if (!wrong) continue;  // 1e999 is no JSON number for the parser
    EXPECT_EQ(wrong->id, 3U);
    ASSERT_FALSE(wrong->win_rate) << value;
    EXPECT_EQ(wrong->win_rate.error().code, ErrorCode::kInvalidData);
  }
  EXPECT_FALSE(ReadAnswerLine(R"({"id":3})")->win_rate);
}

TEST(ReadAnswerLineTest, ALineWithoutAnIdIsAnErrorThatDoesNotShowIt) {
  for (const std::string_view line :
       {"", "secret", "[1]", "3", R"({"win_rate":0.5})", R"({"id":"secret","win_rate":0.5})",
        R"({"id":-1,"win_rate":0.5})", R"({"id":1.5,"win_rate":0.5})", R"({"id":1,"win_rate":0.5)",
        R"({"id":1,"win_rate":0.5} {"id":2,"win_rate":0.5})", R"({"id":1,"win_rate":NaN})"}) {
    const auto answer = ReadAnswerLine(line);
    ASSERT_FALSE(answer) << line;
    EXPECT_EQ(answer.error().code, ErrorCode::kInvalidData);
    EXPECT_THAT(answer.error().ToString(), Not(HasSubstr("secret")));
  }
}

TEST(LogLineTest, IsOneShortLine) {
  EXPECT_EQ(LogLine("a\x1b[0m\r\tb"), "a [0m  b");
  EXPECT_EQ(LogLine("\xFF"), "\xEF\xBF\xBD");
  EXPECT_EQ(LogLine(std::string(5000, 'x')).size(), 500U);
}

}  // namespace
}  // namespace routellm::evidence
