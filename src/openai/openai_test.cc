#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "openai/error_body.h"
#include "openai/json_text.h"
#include "openai/sse.h"
#include "openai/usage.h"

namespace routellm::openai {
namespace {

TEST(ErrorBodyTest, HasOpenAisShapeAndHidesTheDetail) {
  const Error error{ErrorCode::kModelNotFound, "no \"x\"", "secret path"};
  EXPECT_EQ(
      ErrorBody(error),
      R"({"error":{"message":"no \"x\"","type":"invalid_request_error","param":null,"code":"model_not_found"}})");
  EXPECT_EQ(ToHttpStatus(error.code), 404U);
}

TEST(JsonTextTest, EscapesWhatMustBe) {
  EXPECT_EQ(ToJsonString("a\"\\\n\x01é"), "\"a\\\"\\\\\\u000a\\u0001é\"");
}

std::vector<std::string> Events(const std::vector<std::string_view>& pieces) {
  std::vector<std::string> events;
  SseDecoder decoder;
  for (const std::string_view piece : pieces) {
    decoder.Feed(piece, [&](std::string_view data) { events.emplace_back(data); });
  }
  return events;
}

TEST(SseDecoderTest, FindsTheSameEventsWhereverTheStreamIsSplit) {
  const std::string_view stream =
      ": comment\n\ndata: one\n\ndata:two\r\ndata: 2\r\n\r\nevent: x\rdata: three\r\rid: "
      "1\n\ndata\n\ndatax: no\n\n"
      "data: four\n\ndata: unfinished";
  const std::vector<std::string> expected = {"one", "two\n2", "three", "", "four"};
  EXPECT_EQ(Events({stream}), expected);
  for (std::size_t split = 0; split <= stream.size(); ++split) {
    EXPECT_EQ(Events({stream.substr(0, split), stream.substr(split)}), expected) << split;
  }
}

TEST(SseDecoderTest, KnowsWhereAnEventMayBePutIn) {
  SseDecoder decoder;
  const auto boundary_after = [&](std::string_view piece) {
    decoder.Feed(piece, [](std::string_view) {});
    return decoder.at_event_boundary();
  };
  EXPECT_TRUE(decoder.at_event_boundary());
  EXPECT_FALSE(boundary_after("data: a"));
  EXPECT_FALSE(boundary_after("\n"));
  EXPECT_TRUE(boundary_after("\n"));
}

TEST(SseDecoderTest, DropsWhatAnEventHasBeyondTheLimit) {
  for (const std::string_view stream : {"data: 12345678\n\n", "data:1234\ndata:678\ndata:\n\n"}) {
    for (std::size_t split = 0; split <= stream.size(); ++split) {
      SseDecoder decoder(5);
      std::string data;
      for (const std::string_view piece : {stream.substr(0, split), stream.substr(split)}) {
        decoder.Feed(piece, [&](std::string_view event) { data = event; });
      }
      EXPECT_EQ(data, stream[5] == ' ' ? "12345" : "1234\n") << stream << " at " << split;
    }
  }
}

TEST(UsageTest, ReadsTheLastUsageObject) {
  EXPECT_EQ(
      FindUsage(
          R"({"choices":[],"usage": {"prompt_tokens": 12, "completion_tokens":3,"total_tokens":15}})"),
      (Usage{12, 3}));
  EXPECT_EQ(FindUsage(R"({"choices":[{"text":"\"usage\":{\"prompt_tokens\":9}"}],"usage":null})"),
            std::nullopt);
  EXPECT_EQ(FindUsage(R"({"choices":[{"text":"\"usage\":{\"prompt_tokens\":9}"}]})"), std::nullopt);
  // Numbers that no answer can have are not counted.
  EXPECT_EQ(FindUsage(R"({"usage":{"prompt_tokens":18446744073709551615,"completion_tokens":2}})"),
            (Usage{0, 2}));
  EXPECT_EQ(FindUsage(R"({"usage":{"prompt_tokens":1e3,"completion_tokens":2}})"), (Usage{0, 2}));
  EXPECT_EQ(FindUsage(R"({"usage":{"prompt_tokens":1,"completion_tokens":2},"kind":"usage"})"),
            (Usage{1, 2}));
}

TEST(UsageObserverTest, ReadsAPlainAnswerInPieces) {
  const std::string answer = R"({"choices":[{"message":{"content":")" + std::string(50'000, 'x') +
                             R"("}}],"usage":{"prompt_tokens":7,"completion_tokens":8}})";
  for (const std::size_t step : {std::size_t{1}, std::size_t{1000}, answer.size()}) {
    UsageObserver observer(false);
    for (std::size_t at = 0; at < answer.size(); at += step) {
      observer.Feed(std::string_view(answer).substr(at, step));
    }
    EXPECT_EQ(observer.Finish(), (Usage{7, 8})) << step;
  }
}

TEST(UsageObserverTest, ReadsAStreamsLastChunk) {
  UsageObserver observer(true);
  observer.Feed("data: {\"choices\":[{}],\"usage\":null}\n\nda");
  observer.Feed(
      "ta: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\ndata: "
      "[DONE]\n\n");
  EXPECT_EQ(observer.Finish(), (Usage{1, 2}));
  EXPECT_TRUE(observer.at_event_boundary());
}

}  // namespace
}  // namespace routellm::openai
