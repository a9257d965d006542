#include "mock/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace routellm::mock {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using Json = nlohmann::json;

std::vector<std::string> Pieces(std::string_view body) {
  const auto request = ReadChatRequest(body, AnswerShape{.chunks = 3, .chunk_bytes = 5});
  EXPECT_TRUE(request);
  auto answer = Answer::ToChat(*request, "m");
  std::vector<std::string> pieces;
  for (auto piece = answer.Next(); !piece.empty(); piece = answer.Next())
    pieces.emplace_back(piece);
  return pieces;
}

// The JSON of an event in a chunk of its own.
Json EventJson(const std::string& piece) {
  const auto start = piece.find("data: ") + 6;
  const auto size = std::stoul(piece, nullptr, 16);
  EXPECT_EQ(piece.size(), piece.find("\r\n") + 2 + size + 2) << piece;
  return Json::parse(piece.substr(start, piece.find("\n\n") - start));
}

TEST(AnswerTest, PlainAnswerHasTextAndUsage) {
  const auto pieces = Pieces(R"({"model":"x","messages":[]})");
  ASSERT_EQ(pieces.size(), 1U);
  const auto blank = pieces[0].find("\r\n\r\n") + 4;
  EXPECT_THAT(pieces[0],
              HasSubstr("content-length: " + std::to_string(pieces[0].size() - blank) + "\r\n"));
  const auto body = Json::parse(pieces[0].substr(blank));
  EXPECT_EQ(body["model"], "m");
  EXPECT_EQ(body["choices"][0]["message"]["content"], AnswerText(0, 15));
  EXPECT_EQ(body["usage"]["prompt_tokens"], 7);
  EXPECT_EQ(body["usage"]["completion_tokens"], 3);
}

TEST(AnswerTest, StreamHoldsTheSameText) {
  const auto pieces =
      Pieces(R"({"messages":[],"stream":true,"stream_options":{"include_usage":true}})");
  ASSERT_EQ(pieces.size(), 1 + 1 + 3 + 1 + 1 + 1);
  EXPECT_THAT(pieces[0], HasSubstr("transfer-encoding: chunked"));
  EXPECT_EQ(EventJson(pieces[1])["choices"][0]["delta"]["role"], "assistant");
  std::string text;
  for (std::size_t i = 2; i < 5; ++i)
    text += EventJson(pieces[i])["choices"][0]["delta"]["content"].get<std::string>();
  EXPECT_EQ(text, AnswerText(0, 15));
  EXPECT_EQ(EventJson(pieces[5])["choices"][0]["finish_reason"], "stop");
  EXPECT_EQ(EventJson(pieces[6])["usage"]["completion_tokens"], 3);
  EXPECT_EQ(pieces[7], "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n");
}

TEST(AnswerTest, CallsTheChosenTool) {
  const std::string tools =
      R"("messages":[],"tools":[{"function":{"name":"a"}},{"function":{"name":"b"}}])";
  const auto called = [](const std::string& body) {
    const auto pieces = Pieces(body);
    const auto message =
        Json::parse(pieces[0].substr(pieces[0].find("\r\n\r\n")))["choices"][0]["message"];
    return message.contains("tool_calls")
               ? message["tool_calls"][0]["function"]["name"].get<std::string>()
               : "";
  };
  EXPECT_EQ(called("{" + tools + "}"), "a");
  EXPECT_EQ(called("{" + tools + R"(,"tool_choice":{"type":"function","function":{"name":"b"}}})"),
            "b");
  EXPECT_EQ(called("{" + tools + R"(,"tool_choice":"none"})"), "");
}

TEST(AnswerTest, ScriptsComeFromUserOrModel) {
  EXPECT_THAT(
      Pieces(R"({"messages":[],"user":"mock:status=429;retry-after=3"})")[0],
      AllOf(StartsWith("HTTP/1.1 429 Too Many Requests\r\n"), HasSubstr("retry-after: 3\r\n")));
  EXPECT_THAT(Pieces(R"({"messages":[],"model":"mock:interim=103"})")[0],
              StartsWith("HTTP/1.1 103 "));
  EXPECT_EQ(Pieces(R"({"messages":[],"user":"mock:close=2"})").size(), 3U);
}

TEST(AnswerTest, RefusesWhatIsNoChatRequest) {
  for (const char* body :
       {"", "[]", "{\"messages\":", "{}", R"({"messages":[],"user":"mock:nonsense"})"}) {
    EXPECT_FALSE(ReadChatRequest(body, AnswerShape{})) << body;
  }
}

}  // namespace
}  // namespace routellm::mock
