#include "mock/script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace routellm::mock {
namespace {

TEST(ScriptTest, OtherTextAsksForNothing) {
  const auto script = ParseScript("gpt-4o", AnswerShape{});
  ASSERT_TRUE(script);
  EXPECT_EQ(script->status, 200U);
  EXPECT_FALSE(script->broken);
}

TEST(ScriptTest, ReadsEveryAction) {
  const auto script = ParseScript(
      "mock:status=429;retry-after=7;headers=10;chunked;trickle=1;hang-up", AnswerShape{});
  ASSERT_TRUE(script);
  EXPECT_EQ(script->status, 429U);
  EXPECT_EQ(script->retry_after, 7U);
  EXPECT_EQ(script->header_bytes, 10U);
  EXPECT_EQ(script->framing, Framing::kChunked);
  EXPECT_EQ(script->trickle_bytes, 1U);
  EXPECT_TRUE(script->hang_up);
}

TEST(ScriptTest, BreaksAfterPieces) {
  const auto script = ParseScript("mock:reset=3", AnswerShape{});
  ASSERT_TRUE(script && script->broken);
  EXPECT_EQ(script->broken->kind, Break::Kind::kReset);
  EXPECT_EQ(script->broken->after_pieces, 3U);
}

TEST(ScriptTest, OverridesTheServersShape) {
  const auto script =
      ParseScript("mock:chunks=2;token-ms=5", AnswerShape{.chunks = 9, .chunk_bytes = 4});
  ASSERT_TRUE(script);
  EXPECT_EQ(script->shape.chunks, 2U);
  EXPECT_EQ(script->shape.chunk_bytes, 4U);
  EXPECT_EQ(script->shape.token, std::chrono::milliseconds(5));
}

TEST(ScriptTest, DecodesRawBytes) {
  EXPECT_EQ(ParseScript("mock:raw=HTTP/1.1 200%0D%0a%3b%zz%2", AnswerShape{})->raw,
            "HTTP/1.1 200\r\n;%zz%2");
}

TEST(ScriptTest, RefusesWhatItDoesNotKnow) {
  for (const char* text :
       {"mock:explode", "mock:status", "mock:status=", "mock:status=-1", "mock:close=1x"}) {
    const auto script = ParseScript(text, AnswerShape{});
    ASSERT_FALSE(script) << text;
    EXPECT_EQ(script.error().code, ErrorCode::kInvalidRequest);
  }
}

}  // namespace
}  // namespace routellm::mock
