#include "gateway/pipeline.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "gateway/testing/config.h"
#include "routing/random_router.h"

namespace routellm::gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

openai::RequestView Request(std::string_view model, std::string_view prompt = "What is 2+2?") {
  openai::RequestView request;
  request.model = model;
  request.has_messages = true;
  request.prompt = prompt;
  return request;
}

double FirstScore(std::uint64_t seed) {
  return routing::RandomRouter(seed).Score({.prompt = "x"}, {})->value();
}

TEST(PipelineTest, OffersRoutesRoutersAndModels) {
  EXPECT_THAT(
      TestPipeline(TestConfig())->offered(),
      ElementsAre("auto", "router-mf-THRESHOLD", "router-random-THRESHOLD", "large", "small"));
}

TEST(PipelineTest, ANamedRouteHasItsOwnRouterAndThreshold) {
  const auto pipeline = TestPipeline(TestConfig());
  const auto decision = pipeline->Decide(Request("auto"));
  ASSERT_TRUE(decision);
  ASSERT_NE(decision->route, nullptr);
  EXPECT_EQ(decision->route->name, "auto");
  EXPECT_EQ(decision->route->router_name, "random");
  EXPECT_EQ(decision->threshold.value(), 0.25);
  ASSERT_TRUE(decision->win_rate);
  EXPECT_EQ(decision->win_rate->value(), FirstScore(7));
  EXPECT_EQ(decision->model,
            decision->choice == Choice::kStrong ? decision->route->strong : decision->route->weak);
}

TEST(PipelineTest, TheThresholdInTheNameCounts) {
  const auto pipeline = TestPipeline(TestConfig());
  const auto always = pipeline->Decide(Request("router-mf-0"));
  ASSERT_TRUE(always);
  EXPECT_EQ(always->route->name, "router-mf");
  EXPECT_EQ(always->route->router_name, "mf");
  EXPECT_EQ(always->model->config.name, "large");
  const auto never = pipeline->Decide(Request("router-mf-1"));
  ASSERT_TRUE(never);
  EXPECT_EQ(never->threshold.value(), 1.0);
  EXPECT_EQ(never->model->config.name, "small");
  EXPECT_EQ(never->win_rate, always->win_rate);
  EXPECT_EQ(pipeline->Decide(Request("router-mf-1.1593e-1"))->threshold.value(), 0.11593);
}

TEST(PipelineTest, AWinRateEqualToTheThresholdIsForTheStrongModel) {
  const auto choose = [](double threshold) {
    const std::string model = fmt::format("router-random-{}", threshold);
    return TestPipeline(TestConfig())->Decide(Request(model))->choice;
  };
  const double score = FirstScore(7);
  EXPECT_EQ(choose(score), Choice::kStrong);
  EXPECT_EQ(choose(std::nextafter(score, 1.0)), Choice::kWeak);
}

TEST(PipelineTest, RefusesWrongThresholds) {
  const auto pipeline = TestPipeline(TestConfig());
  for (const char* threshold : {"", "1.01", "-0.5", "+0.5", "nan", "inf", "0.5x", "0,5", " 0.5",
                                "0x1", "1e", "high", "0.5-0.5"}) {
    const auto decision = pipeline->Decide(Request(std::string("router-mf-") + threshold));
    ASSERT_FALSE(decision) << threshold;
    EXPECT_EQ(decision.error().code, ErrorCode::kInvalidRequest) << threshold;
    EXPECT_THAT(decision.error().public_message, HasSubstr("threshold")) << threshold;
  }
}

TEST(PipelineTest, UnknownNamesAreToldWhatExists) {
  const auto pipeline = TestPipeline(TestConfig());
  for (const char* name : {"", "gpt-5", "Auto", "auto ", "large-1", "router-", "router-mf",
                           "router-nope-0.5", "router--0.5", "mf-0.5"}) {
    const auto decision = pipeline->Decide(Request(name));
    ASSERT_FALSE(decision) << name;
    EXPECT_EQ(decision.error().code, ErrorCode::kModelNotFound) << name;
    EXPECT_THAT(decision.error().public_message,
                HasSubstr("auto, router-mf-THRESHOLD, router-random-THRESHOLD, large, small"))
        << name;
  }
}

TEST(PipelineTest, MessagesDoNotRepeatLongNames) {
  const auto pipeline = TestPipeline(TestConfig());
  for (const char* begin : {"", "router-mf-"}) {
    const auto decision = pipeline->Decide(Request(begin + std::string(100'000, 'x')));
    ASSERT_FALSE(decision);
    EXPECT_LT(decision.error().public_message.size(), 300U);
  }
}

TEST(PipelineTest, WithoutADefaultPairRoutersCannotBeNamed) {
  config::Config config = TestConfig();
  config.default_route.reset();
  const auto pipeline = TestPipeline(config);
  EXPECT_THAT(pipeline->offered(), ElementsAre("auto", "large", "small"));
  const auto decision = pipeline->Decide(Request("router-mf-0.5"));
  ASSERT_FALSE(decision);
  EXPECT_EQ(decision.error().code, ErrorCode::kModelNotFound);
}

TEST(PipelineTest, AModelsOwnNameIsNotRouted) {
  const auto pipeline = TestPipeline(TestConfig());
  const auto decision = pipeline->Decide(Request("small"));
  ASSERT_TRUE(decision);
  EXPECT_EQ(decision->route, nullptr);
  EXPECT_EQ(decision->win_rate, std::nullopt);
  EXPECT_EQ(decision->model->config.name, "small");
  EXPECT_EQ(decision->model, pipeline->models()[decision->model->index].get());
}

TEST(PipelineTest, WithoutTextTheRouteSaysWhoAnswers) {
  for (const auto& [choice, model] :
       {std::pair(Choice::kStrong, "large"), std::pair(Choice::kWeak, "small")}) {
    config::Config config = TestConfig();
    config.routes["auto"].when_unscorable = choice;
    openai::RequestView request = Request("auto");
    request.prompt.reset();
    const auto pipeline = TestPipeline(config);
    const auto decision = pipeline->Decide(request);
    ASSERT_TRUE(decision);
    EXPECT_EQ(decision->model->config.name, model);
    EXPECT_EQ(decision->choice, choice);
    EXPECT_EQ(decision->win_rate, std::nullopt);
    EXPECT_EQ(decision->scoring_time.count(), 0);
  }
}

TEST(PipelineTest, ASeedMakesTheRandomRouterReproducible) {
  const auto scores = [](std::uint64_t seed) {
    config::Config config = TestConfig();
    config.routers["random"].options.seed = seed;
    const auto pipeline = TestPipeline(config);
    std::vector<double> values;
    for (int i = 0; i < 20; ++i) {
      values.push_back(pipeline->Decide(Request("auto"))->win_rate->value());
    }
    return values;
  };
  EXPECT_EQ(scores(1), scores(1));
  EXPECT_NE(scores(1), scores(2));
}

std::string RequestHead(const config::Endpoint& endpoint) {
  config::Config config = TestConfig();
  config.models["large"].endpoint = endpoint;
  return TestPipeline(config)->models().front()->request_head;
}

TEST(PipelineTest, RequestHeadsNameHostAndKey) {
  const auto pipeline = TestPipeline(TestConfig());
  EXPECT_EQ(pipeline->models()[0]->request_head,
            "POST /v1/chat/completions HTTP/1.1\r\nhost: api.example.com\r\n"
            "authorization: Bearer sk-1\r\n");
  EXPECT_EQ(pipeline->models()[1]->request_head,
            "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost:11434\r\n");
}

TEST(PipelineTest, RequestHeadsLeaveOutTheUsualPortOnly) {
  config::Endpoint endpoint = TestConfig().models["small"].endpoint;
  endpoint.port = "80";
  EXPECT_THAT(RequestHead(endpoint), HasSubstr("host: localhost\r\n"));
  endpoint.port = "443";
  EXPECT_THAT(RequestHead(endpoint), HasSubstr("host: localhost:443\r\n"));
  endpoint.tls = true;
  EXPECT_THAT(RequestHead(endpoint), HasSubstr("host: localhost\r\n"));
  endpoint.port = "80";
  EXPECT_THAT(RequestHead(endpoint), HasSubstr("host: localhost:80\r\n"));
}

TEST(PipelineTest, RequestHeadsPutIpv6AddressesInBrackets) {
  config::Endpoint endpoint = TestConfig().models["small"].endpoint;
  endpoint.host = "::1";
  EXPECT_THAT(RequestHead(endpoint), HasSubstr("host: [::1]:11434\r\n"));
  endpoint.port = "80";
  EXPECT_THAT(RequestHead(endpoint), HasSubstr("host: [::1]\r\n"));
}

TEST(PipelineTest, RequestHeadsOfAzureNameDeploymentAndVersion) {
  config::Endpoint endpoint = TestConfig().models["large"].endpoint;
  endpoint.host = "mine.openai.azure.com";
  endpoint.target = "/openai/deployments/d/chat/completions?api-version=2024-10-21";
  endpoint.auth_header = "api-key: k";
  const std::string head = RequestHead(endpoint);
  EXPECT_THAT(
      head, HasSubstr("POST /openai/deployments/d/chat/completions?api-version=2024-10-21 HTTP/1.1"
                      "\r\nhost: mine.openai.azure.com\r\napi-key: k\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("authorization")));
}

TEST(PipelineTest, UpstreamNamesAreJsonStrings) {
  config::Config config = TestConfig();
  config.models["large"].endpoint.upstream_model = "a\"b\\c";
  EXPECT_EQ(TestPipeline(config)->models().front()->json_name, R"("a\"b\\c")");
}

}  // namespace
}  // namespace routellm::gateway
