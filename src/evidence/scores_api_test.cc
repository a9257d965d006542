#include "evidence/scores_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace routellm::evidence {
namespace {

using config::ScoreLabels;
using config::ScoringApi;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr double kNever = -std::numeric_limits<double>::infinity();

config::ScoringModelConfig Config(ScoringApi api, ScoreLabels labels) {
  config::ScoringModelConfig config{.api = api, .labels = labels};
  config.endpoint.upstream_model = "m";
  return config;
}

TEST(ScoresBodyTest, AChatAsksForOneTokenAndItsRivals) {
  EXPECT_EQ(ScoresBody(Config(ScoringApi::kChat, ScoreLabels::kTokens), "S", "U \""),
            R"({"model":"m","messages":[{"role":"system","content":"S"},)"
            R"({"role":"user","content":"U \""}],"logprobs":true,"top_logprobs":20,)"
            R"("max_tokens":1,"temperature":0})");
}

TEST(ScoresBodyTest, DigitsFollowABracket) {
  auto config = Config(ScoringApi::kChat, ScoreLabels::kDigits);
  config.top_logprobs = 5;
  EXPECT_EQ(ScoresBody(config, "S", "U"),
            R"({"model":"m","messages":[{"role":"system","content":"S"},)"
            R"({"role":"user","content":"U"},{"role":"assistant","content":"[["}],)"
            R"("continue_final_message":true,"add_generation_prompt":false,)"
            R"("logprobs":true,"top_logprobs":5,"max_tokens":1,"temperature":0})");
  config.prefill = false;
  EXPECT_THAT(ScoresBody(config, "S", "U"), Not(HasSubstr("assistant")));
  EXPECT_THAT(ScoresBody(config, "S", "U"), Not(HasSubstr("continue_final_message")));
}

TEST(ScoresBodyTest, ACompletionIsPutIntoTheTemplate) {
  const std::string text = R"(<|start_header_id|>system<|end_header_id|>\u000a\u000aS<|eot_id|>)"
                           R"(<|start_header_id|>user<|end_header_id|>\u000a\u000aU<|eot_id|>)"
                           R"(<|start_header_id|>assistant<|end_header_id|>\u000a\u000a)";
  EXPECT_EQ(
      ScoresBody(Config(ScoringApi::kCompletions, ScoreLabels::kTokens), "S", "U"),
      R"({"model":"m","prompt":")" + text + R"(","logprobs":20,"max_tokens":1,"temperature":0})");
  EXPECT_THAT(ScoresBody(Config(ScoringApi::kCompletions, ScoreLabels::kDigits), "S", "U"),
              HasSubstr(text + R"([[",)"));
}

TEST(ScoreOfTest, LabelsAreWholeTokens) {
  for (const std::string_view token : {"[[4]]", " [[4]]", "[[4]]\n", "\xE2\x96\x81[[4]]"})
    EXPECT_EQ(ScoreOf(token, ScoreLabels::kTokens), 4) << token;
  for (const std::string_view token :
       {"", "4", "[[", "[[4", "[[4]", "[[0]]", "[[6]]", "[[44]]", "[[4]]4", "x[[4]]", "[4]", "]]"})
    EXPECT_EQ(ScoreOf(token, ScoreLabels::kTokens), std::nullopt) << token;
}

TEST(ScoreOfTest, DigitsAreReadAsTokenizersMergeThem) {
  for (const std::string_view token : {"4", " 4", "\n4", "4]", "4]]", " 4]]", "4.",
                                       "\xE2\x96\x81"
                                       "4",
                                       "\xC4\xA0"
                                       "4"})
    EXPECT_EQ(ScoreOf(token, ScoreLabels::kDigits), 4) << token;
  EXPECT_EQ(ScoreOf("1", ScoreLabels::kDigits), 1);
  EXPECT_EQ(ScoreOf("5", ScoreLabels::kDigits), 5);
  for (const std::string_view token : {"", " ", "0", "6", "45", "10", "four", "-4", "[[4]]", "]4"})
    EXPECT_EQ(ScoreOf(token, ScoreLabels::kDigits), std::nullopt) << token;
}

routing::ScoreDistribution Read(std::string_view answer,
                                ScoreLabels labels = ScoreLabels::kDigits) {
  const auto scores = ReadScores(answer, labels);
  EXPECT_TRUE(scores) << scores.error().ToString() << "\n" << answer;
  return scores.value_or(routing::ScoreDistribution{});
}

TEST(ReadScoresTest, OfAChat) {
  EXPECT_THAT(Read(R"({"choices":[{"logprobs":{"content":[{"token":"5","logprob":-0.25,"bytes":[53],
               "top_logprobs":[{"token":"5","logprob":-0.25},{"token":"I","logprob":-1},
                               {"token":"3","logprob":-2},{"token":"1","logprob":null}]}]}}]})")
                  .log_probabilities,
              ElementsAre(kNever, kNever, -2, kNever, -0.25));
  EXPECT_THAT(Read(R"({"choices":[{"logprobs":{"content":[{"token":"[[2]]","logprob":-0.5,
               "top_logprobs":[{"token":"[[2]]","logprob":-0.5},{"token":"[[1]]","logprob":-1.5},
                               {"token":"5","logprob":-9}]}]}}]})",
                   ScoreLabels::kTokens)
                  .log_probabilities,
              ElementsAre(-1.5, -0.5, kNever, kNever, kNever));
}

TEST(ReadScoresTest, OfACompletion) {
  EXPECT_THAT(Read(R"({"choices":[{"text":"4","logprobs":{"tokens":["4"],"token_logprobs":[-0.5],
               "top_logprobs":[{"4":-0.5,"\n":-1.25,"2":-3}],"text_offset":[9]}}]})")
                  .log_probabilities,
              ElementsAre(kNever, -3, kNever, -0.5, kNever));
  // Some servers answer completions in the chat's form.
  EXPECT_THAT(Read(R"({"choices":[{"logprobs":{"content":[{"token":"1","logprob":-1,
                       "top_logprobs":[{"token":"1","logprob":-1}]}]}}]})")
                  .log_probabilities,
              ElementsAre(-1, kNever, kNever, kNever, kNever));
}

TEST(ReadScoresTest, TokensOfOneScoreAddUp) {
  const auto scores = Read(R"({"choices":[{"logprobs":{"tokens":["4"],"token_logprobs":[-1],
               "top_logprobs":[{"4":-1,"4]]":-2," 4":-3,"3":-2.5}]}}]})");
  EXPECT_NEAR(scores.log_probabilities[3], std::log(std::exp(-1) + std::exp(-2) + std::exp(-3)),
              1e-12);
  EXPECT_EQ(scores.log_probabilities[2], -2.5);
}

TEST(ReadScoresTest, TheTokenItselfCountsWhereTheListLeavesItOut) {
  EXPECT_EQ(Read(R"({"choices":[{"logprobs":{"tokens":["5"],"token_logprobs":[-0.5],
                     "top_logprobs":[{"4":-2}]}}]})")
                .log_probabilities[4],
            -0.5);
  EXPECT_EQ(Read(R"({"choices":[{"logprobs":{"content":[{"token":"5","logprob":-0.5,
                     "top_logprobs":[]}]}}]})")
                .log_probabilities[4],
            -0.5);
}

TEST(ReadScoresTest, AnAnswerWithoutAnyScoreConsidersNone) {
  for (
      const std::string_view answer :
      {R"({"choices":[{"logprobs":{"content":[]}}]})",
       R"({"choices":[{"logprobs":{"content":[{"token":"I","logprob":0,"top_logprobs":[]}]}}]})",
       R"({"choices":[{"logprobs":{"tokens":[],"token_logprobs":[],"top_logprobs":[]}}]})",
       R"({"choices":[{"logprobs":{"tokens":["I"],"token_logprobs":[0],"top_logprobs":[null]}}]})"}) {
    EXPECT_THAT(Read(answer).log_probabilities,
                ElementsAre(kNever, kNever, kNever, kNever, kNever));
  }
}

TEST(ReadScoresTest, WhatIsNoSuchAnswerIsAnError) {
  const struct {
    std::string_view answer;
    std::string_view said;
  } cases[] = {
      {"", "not JSON"},
      {"<html>", "not JSON"},
      {"{}", "no `logprobs`"},
      {"[1]", "no `logprobs`"},
      {R"({"choices":[]})", "no `logprobs`"},
      {R"({"choices":[{"text":"4","logprobs":null}]})", "the server must support"},
      {R"({"choices":[{"logprobs":{}}]})", "no `top_logprobs`"},
      {R"({"choices":[{"logprobs":{"content":[{"token":"4","logprob":0}]}}]})",
       "no `top_logprobs`"},
      {R"({"choices":[{"logprobs":{"content":[{"top_logprobs":[{"logprob":0}]}]}}]})", "no text"},
      {R"({"choices":[{"logprobs":{"content":[{"token":"","logprob":-0.1,
           "top_logprobs":[{"token":"","logprob":-0.1},{"token":"x","logprob":-4}]}]}}]})",
       "--special"},
  };
  for (const auto& [answer, said] : cases) {
    const auto scores = ReadScores(answer, ScoreLabels::kTokens);
    ASSERT_FALSE(scores) << answer;
    EXPECT_EQ(scores.error().code, ErrorCode::kInvalidData);
    EXPECT_THAT(scores.error().ToString(), HasSubstr(said)) << answer;
  }
}

}  // namespace
}  // namespace routellm::evidence
