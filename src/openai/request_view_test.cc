#include "openai/request_view.h"

#include <gtest/gtest.h>

#include <string>

namespace routellm::openai {
namespace {

class RequestViewTest : public ::testing::Test {
 protected:
  Result<RequestView> Parse(std::string_view body) {
    storage_ = std::string(body);
    storage_.append(RequestParser::kPadding, '\0');
    return parser_.Parse(std::string_view(storage_).substr(0, body.size()));
  }

  std::string Prompt(std::string_view body) {
    const auto view = Parse(body);
    if (!view) return "error: " + view.error().public_message;
    return view->prompt ? std::string(*view->prompt) : "(none)";
  }

  RequestParser parser_{32};
  std::string storage_;
};

TEST_F(RequestViewTest, FindsTheModelsPlace) {
  const std::string body =
      R"({ "stream" : true, "model" : "router-mf-0.5" , "messages":[{"role":"user","content":"hi"}]})";
  const auto view = Parse(body);
  ASSERT_TRUE(view) << view.error().ToString();
  EXPECT_EQ(view->model, "router-mf-0.5");
  EXPECT_EQ(body.substr(view->model_begin, view->model_end - view->model_begin),
            "\"router-mf-0.5\"");
  EXPECT_TRUE(view->stream);
  EXPECT_EQ(view->prompt, "hi");
  EXPECT_TRUE(RequireChat(*view));
}

TEST_F(RequestViewTest, AModelInsideOtherValuesIsNotTheModel) {
  const std::string body =
      R"({"metadata":{"model":"x"},"messages":[{"role":"user","content":"hi","model":"y"}],"model":"z"})";
  const auto view = Parse(body);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->model, "z");
  EXPECT_EQ(view->model_begin, body.rfind("\"z\""));
}

TEST_F(RequestViewTest, DecodesEscapesInTheModel) {
  EXPECT_EQ(Parse(R"({"model":"a\u0062\/c"})")->model, "ab/c");
}

TEST_F(RequestViewTest, ScoresTheLastUserTurn) {
  EXPECT_EQ(
      Prompt(R"({"messages":[{"role":"user","content":"one"},{"role":"assistant","content":"two"},
                      {"content":"three","role":"user"},{"role":"tool","content":"four"}]})"),
      "three");
  EXPECT_EQ(Prompt(R"({"messages":[{"role":"system","content":"one"}]})"), "(none)");
}

TEST_F(RequestViewTest, JoinsTextPartsAndSkipsTheRest) {
  EXPECT_EQ(Prompt(R"({"messages":[{"role":"user","content":[{"type":"text","text":"a"},
                      {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},
                      {"type":"tool_result","text":"no"},{"text":"b","type":"text"}]}]})"),
            "a\nb");
  EXPECT_EQ(
      Prompt(
          R"({"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"u"}}]}]})"),
      "(none)");
  EXPECT_EQ(Prompt(R"({"messages":[{"role":"user","content":null}]})"), "(none)");
  EXPECT_EQ(Prompt(R"({"messages":[{"role":"user","content":""}]})"), "(none)");
}

TEST_F(RequestViewTest, ReadsEscapedRolesAndTypes) {
  EXPECT_EQ(
      Prompt(R"({"messages":[{"role":"us\u0065r","content":[{"type":"\u0074ext","text":"hi"}]}]})"),
      "hi");
}

TEST_F(RequestViewTest, ReadsAPromptWithoutMessages) {
  EXPECT_EQ(Prompt(R"({"id":7,"prompt":"hello"})"), "hello");
  EXPECT_EQ(Parse(R"({"id":7,"prompt":"hello"})")->id, "7");
  EXPECT_EQ(Prompt(R"({"prompt":"hello","messages":[{"role":"user","content":"hi"}]})"), "hi");
  EXPECT_EQ(Prompt(R"({"messages":[{"role":"user","content":"hi"}],"prompt":"hello"})"), "hi");
  EXPECT_EQ(Prompt(R"({"prompt":"hello","messages":[]})"), "hello");
  EXPECT_EQ(Prompt(R"({"messages":[],"prompt":"hello"})"), "hello");
}

TEST_F(RequestViewTest, DecodesTextAndCutsItBetweenCharacters) {
  EXPECT_EQ(Prompt(R"({"prompt":"\u00e9\ud83d\ude00\n\"\\\/ \ud83d."})"),
            "é😀\n\"\\/ \xEF\xBF\xBD.");
  EXPECT_EQ(Prompt(R"({"prompt":"0123456789012345678901234567890é"})"),
            "0123456789012345678901234567890");
  EXPECT_EQ(Prompt(R"({"prompt":"0123456789012345678901234567890\u00e9"})"),
            "0123456789012345678901234567890");
  EXPECT_EQ(Prompt(R"({"prompt":"01234567890123456789012345678901 more"})"),
            "01234567890123456789012345678901");
}

TEST_F(RequestViewTest, NothingFollowsThePlaceWhereThePromptIsCut) {
  EXPECT_EQ(Prompt(R"({"messages":[{"role":"user","content":[
                      {"type":"text","text":"0123456789012345678901234567 é"},
                      {"type":"text","text":"b"}]}]})"),
            "0123456789012345678901234567 é\n");
  EXPECT_EQ(Prompt(R"({"messages":[{"role":"user","content":[
                      {"type":"text","text":"012345678901234567890123456789 é"},
                      {"type":"text","text":"b"}]}]})"),
            "012345678901234567890123456789 ");
}

TEST_F(RequestViewTest, KeepsNumbersOfAnySizeAndUnknownFields) {
  EXPECT_TRUE(
      Parse(R"({"a":123456789012345678901234567890,"b":1e999,"c":[1,-0.5e+3,{"d":null}],"e":""})"));
}

TEST_F(RequestViewTest, ReadsExplainWhereItIsTrue) {
  EXPECT_TRUE(Parse(R"({"explain": true})")->explain);
  for (const char* body : {R"({})", R"({"explain": false})", R"({"explain": "true"})",
                           R"({"explain": [true]})", R"({"explain": {"deep": true}})"})
    EXPECT_FALSE(Parse(body)->explain) << body;
}

TEST_F(RequestViewTest, RefusesWhatIsNotAJsonObject) {
  for (const char* body : {"",
                           " ",
                           "[]",
                           "1",
                           "\"a\"",
                           "null",
                           "{",
                           "}",
                           "{}}",
                           "{} {}",
                           "{}x",
                           "{\"a\":1,}",
                           "{\"a\" 1}",
                           "{a:1}",
                           "{\"a\":tru}",
                           "{\"a\":[1 2]}",
                           "{\"a\":[1,]}",
                           "{\"a\":01}",
                           "{\"a\":1.}",
                           "{\"a\":+1}",
                           "{\"a\":\"\\x\"}",
                           "{\"a\":\"\\u12g4\"}",
                           "{\"a\":\"\n\"}",
                           "{\"a\":'b'}",
                           "{\"a\":NaN}",
                           "{\"a\":1}]",
                           "{\"a\":[}",
                           "{\"a\":",
                           "{\"a\":\"b",
                           "{\"a\":1 \"b\":2}",
                           "{\"a\":\"b\":1}",
                           "{\"a\":\"b\":[1,2}",
                           "{\"a\":\"b\":1,2]}",
                           "{\"a\":1{}}",
                           "{\"a\":[1:2]}",
                           "{,}",
                           "{\"messages\":[{]}",
                           "{\"a\":-}",
                           "{\"a\":1e}"}) {
    const auto view = Parse(body);
    ASSERT_FALSE(view) << body;
    EXPECT_EQ(view.error().code, ErrorCode::kInvalidRequest) << body;
  }
  EXPECT_EQ(Parse("{\"a\":\"\xff\"}").error().public_message,
            "the request body is not valid UTF-8");
}

TEST_F(RequestViewTest, RefusesWrongTypesByName) {
  EXPECT_EQ(Parse(R"({"model":5})").error().public_message,
            "invalid type for 'model': expected a string");
  EXPECT_EQ(Parse(R"({"stream":"yes"})").error().public_message,
            "invalid type for 'stream': expected a boolean");
  EXPECT_EQ(Parse(R"({"messages":{}})").error().public_message,
            "invalid type for 'messages': expected an array of objects");
  EXPECT_EQ(Parse(R"({"messages":["hi"]})").error().public_message,
            "invalid type for 'messages': expected an array of objects");
  EXPECT_EQ(Parse(R"({"messages":[{"role":1}]})").error().public_message,
            "invalid type for 'role': expected a string");
  EXPECT_EQ(Parse(R"({"model":"a","model":"b"})").error().public_message, "'model' is given twice");
  EXPECT_EQ(Parse(R"({"messages":[],"messages":[]})").error().public_message,
            "'messages' is given twice");
}

TEST_F(RequestViewTest, BoundsTheDepth) {
  const auto nested = [](int depth) {
    return "{\"a\":" + std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']') + "}";
  };
  EXPECT_TRUE(Parse(nested(200)));
  EXPECT_FALSE(Parse(nested(300)));
  EXPECT_FALSE(Parse(nested(100'000)));
}

TEST_F(RequestViewTest, ChatNeedsAModelAndMessages) {
  EXPECT_FALSE(RequireChat(*Parse(R"({"messages":[{"role":"user","content":"hi"}]})")));
  EXPECT_FALSE(RequireChat(*Parse(R"({"model":"","messages":[{"role":"user","content":"hi"}]})")));
  EXPECT_FALSE(RequireChat(*Parse(R"({"model":"a"})")));
  EXPECT_FALSE(RequireChat(*Parse(R"({"model":"a","messages":[]})")));
}

}  // namespace
}  // namespace routellm::openai
