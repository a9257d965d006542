#include "gateway/resources.h"

#include <gtest/gtest.h>

#include <string>

#include "gateway/explanation_json.h"
#include "gateway/testing/config.h"

namespace routellm::gateway {
namespace {

using net::http::verb;

TEST(FindResourceTest, KnowsPathAndMethod) {
  const Resource* chat = FindResource("/v1/chat/completions");
  ASSERT_NE(chat, nullptr);
  EXPECT_EQ(chat->kind, Resource::Kind::kChat);
  EXPECT_EQ(chat->method, verb::post);
  const Resource* health = FindResource("/health");
  ASSERT_NE(health, nullptr);
  EXPECT_EQ(health->kind, Resource::Kind::kHealth);
  EXPECT_EQ(health->method, verb::get);
}

TEST(FindResourceTest, TakesWholePathsOnly) {
  for (const char* path : {"", "/", "/v1", "/v1/models/", "/v1/modelsx", "/V1/models", "/healthz",
                           "v1/models", "/v1/chat/completions/"}) {
    EXPECT_EQ(FindResource(path), nullptr) << path;
  }
}

TEST(FindResourceTest, AModelIsWhateverFollows) {
  for (const auto& [path, model] : {std::pair{"/v1/models/auto", "auto"},
                                    {"/v1/models/router-mf-0.3", "router-mf-0.3"},
                                    {"/v1/models/openai/gpt-4o", "openai/gpt-4o"},
                                    {"/v1/models/openai%2Fgpt%2d4o%", "openai/gpt-4o%"},
                                    {"/v1/models/a%zz%4", "a%zz%4"}}) {
    const Resource* resource = FindResource(path);
    ASSERT_NE(resource, nullptr) << path;
    EXPECT_EQ(resource->kind, Resource::Kind::kModel);
    EXPECT_EQ(ModelOfPath(path), model);
  }
}

class ResourceBodyTest : public ::testing::Test {
 protected:
  const Route& auto_route() const { return *pipeline_->routes().front(); }
  const Model& large() const { return *pipeline_->models().front(); }

  Decision Routed() const {
    return {.model = &large(),
            .route = &auto_route(),
            .choice = Choice::kStrong,
            .threshold = *Threshold::Create(0.25),
            .win_rate = WinRate::Clamped(0.75),
            .scoring_time = std::chrono::nanoseconds(12'340)};
  }

  std::unique_ptr<const Pipeline> pipeline_ = TestPipeline();
};

TEST_F(ResourceBodyTest, ListsModelsInOpenAisForm) {
  const std::string body = ModelsBody(*pipeline_);
  EXPECT_TRUE(body.starts_with(
      R"({"object":"list","data":[{"id":"auto","object":"model","created":0,"owned_by":"routellm"},)"))
      << body;
  EXPECT_TRUE(
      body.ends_with(R"(,{"id":"small","object":"model","created":0,"owned_by":"routellm"}]})"))
      << body;
}

TEST_F(ResourceBodyTest, ADecisionHasItsReasons) {
  EXPECT_EQ(DecisionBody(Routed(), {}),
            R"({"id":null,"model":"large","route":"auto","router":"random","threshold":0.25,)"
            R"("win_rate":0.75,"scoring_us":12.34})");
}

TEST_F(ResourceBodyTest, RepeatsTheIdAsItCame) {
  EXPECT_EQ(DecisionBody({.model = &large()}, "\"a\\u0062\""),
            R"({"id":"a\u0062","model":"large"})");
  EXPECT_EQ(DecisionBody({.model = &large()}, "1e3"), R"({"id":1e3,"model":"large"})");
}

TEST_F(ResourceBodyTest, AddsAnExplanation) {
  const routing::Explanation explanation{
      .basis = "a \"b\"",
      .compared_with = "c",
      .reasons = {{"long", 0.25}, {"short", -0.125}, {"x", 0.0}}};
  EXPECT_EQ(DecisionBody({.model = &large()}, {}, ExplanationJson(explanation, 2)),
            R"({"id":null,"model":"large","explanation":{"basis":"a \"b\"","compared_with":"c",)"
            R"("reasons":[{"what":"long","effect":0.2500},{"what":"short","effect":-0.1250}]}})");
}

TEST_F(ResourceBodyTest, WhatWasNotScoredHasNoWinRate) {
  Decision decision = Routed();
  decision.win_rate.reset();
  decision.scoring_time = {};
  EXPECT_EQ(DecisionBody(decision, {}),
            R"({"id":null,"model":"large","route":"auto","router":"random","threshold":0.25,)"
            R"("win_rate":null,"scoring_us":0.00})");
  std::string fields;
  AppendDecisionFields(decision, fields);
  EXPECT_EQ(fields,
            "x-routellm-model: large\r\nx-routellm-router: random\r\n"
            "x-routellm-threshold: 0.25\r\n");
}

TEST_F(ResourceBodyTest, FieldsTellOfTheDecision) {
  std::string fields = "a: b\r\n";
  AppendDecisionFields(Routed(), fields);
  EXPECT_EQ(fields,
            "a: b\r\nx-routellm-model: large\r\nx-routellm-router: random\r\n"
            "x-routellm-threshold: 0.25\r\nx-routellm-win-rate: 0.750000\r\n");
  fields.clear();
  AppendDecisionFields({.model = &large()}, fields);
  EXPECT_EQ(fields, "x-routellm-model: large\r\n");
}

}  // namespace
}  // namespace routellm::gateway
