#include "benchmark_run/chat_api.h"

#include <gmock/gmock.h>

namespace routellm::benchmark_run {
namespace {

using nlohmann::json;

TEST(ChatApiTest, ABodyIsPatchedLast) {
  ChatSettings settings{.model = "m", .temperature = 0.5, .max_tokens = 9};
  const json messages = json::array({Message("user", "hi")});
  EXPECT_EQ(ChatBody(settings, messages),
            json::parse(R"({"model": "m", "temperature": 0.5, "max_tokens": 9,
                            "messages": [{"role": "user", "content": "hi"}]})"));
  settings.patch = {{"temperature", nullptr}, {"seed", 1}};
  EXPECT_EQ(ChatBody(settings, messages), json::parse(R"({"model": "m", "max_tokens": 9, "seed": 1,
                            "messages": [{"role": "user", "content": "hi"}]})"));
}

TEST(ChatApiTest, RepliesOfManyShapesAreRead) {
  const auto reply = ParseChatReply(
      R"({"choices": [{"message": {"content": "yes"}, "finish_reason": "stop"}],
          "usage": {"prompt_tokens": 5, "completion_tokens": 2}})");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->text, "yes");
  EXPECT_EQ(reply->finish_reason, "stop");
  EXPECT_EQ(reply->usage, (TokenUsage{5, 2}));
  EXPECT_EQ(ParseChatReply(R"({"choices": [{"message": {"content": null}}]})")->text, "");
  EXPECT_EQ(ParseChatReply(R"({"choices": [{"message": {}}]})")->text, "");
  EXPECT_EQ(ParseChatReply(R"({"choices": [{"message": {"content":
                [{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}]}}]})")
                ->text,
            "ab");
  EXPECT_FALSE(
      ParseChatReply(R"({"choices": [{"message": {}}], "usage": {"prompt_tokens": 5}})")->usage);
  EXPECT_FALSE(
      ParseChatReply(
          R"({"choices": [{"message": {}}], "usage": {"prompt_tokens": 5, "completion_tokens": -1}})")
          ->usage);
}

TEST(ChatApiTest, WhatIsNoCompletionIsAnError) {
  for (const char* body : {"", "<html>", "[]", "{}", R"({"choices": []})", R"({"choices": [7]})",
                           R"({"choices": [{"text": "old"}]})", R"({"error": {"message": "no"}})",
                           "{\"choices\": [{\"message\": {\"content\": \"\xFF\"}}]}"}) {
    const auto reply = ParseChatReply(body);
    ASSERT_FALSE(reply) << body;
    EXPECT_EQ(reply.error().code, ErrorCode::kInvalidData);
  }
}

TEST(ChatApiTest, ARefusalIsOneShortLine) {
  EXPECT_EQ(RefusalMessage(R"({"error": {"message": "bad\nkey"}})"), "bad key");
  EXPECT_EQ(RefusalMessage(R"({"error": "bad key"})"), "bad key");
  EXPECT_EQ(RefusalMessage("<html>\xFF"), "<html>\xEF\xBF\xBD");
  EXPECT_LT(RefusalMessage(std::string(10000, 'x')).size(), 310U);
}

TEST(ChatApiTest, ReasoningInFrontOfAnAnswerIsNotPartOfIt) {
  EXPECT_EQ(VisibleAnswer("B"), "B");
  EXPECT_EQ(VisibleAnswer(" B"), " B");
  EXPECT_EQ(VisibleAnswer("\n<think>A or B?</think>\n\nB"), "B");
  EXPECT_EQ(VisibleAnswer("<think>A or B"), "");
  EXPECT_EQ(VisibleAnswer("B <think>x</think>"), "B <think>x</think>");
}

}  // namespace
}  // namespace routellm::benchmark_run
