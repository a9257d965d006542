#include "gateway/routers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/testing/temporary_folder.h"
#include "data/safetensors.h"
#include "gateway/testing/config.h"

namespace routellm::gateway {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(MakeRoutersTest, MakesEachByItsName) {
  config::Config config = TestConfig();
  const auto routers = MakeRouters(config, "it");
  ASSERT_TRUE(routers) << routers.error().ToString();
  EXPECT_EQ(routers->by_name.at("mf").router->Info().name, "mf");
  EXPECT_EQ(routers->by_name.at("random").router->Info().name, "random");
  EXPECT_EQ(config.routes.at("auto").threshold.value(), 0.25) << "as it was given";
}

TEST(MakeRoutersTest, AStrongShareBecomesAThreshold) {
  config::Config config = TestConfig();
  config.routes["auto"].strong_share = *StrongShare::Create(0.4);
  config.routes["mf"] = config.routes["auto"];
  config.routes["mf"].router = "mf";
  const auto routers = MakeRouters(config, "it");
  ASSERT_TRUE(routers) << routers.error().ToString();
  EXPECT_DOUBLE_EQ(config.routes["auto"].threshold.value(), 0.6);
  EXPECT_EQ(
      config.routes["mf"].threshold,
      *routing::ThresholdFor(routers->by_name.at("mf").router->Info(), *StrongShare::Create(0.4)));
}

TEST(MakeRoutersTest, EveryProblemIsNamed) {
  config::Config config = TestConfig();
  config.routers["mine"] = {.type = "mf", .options = {}};
  config.routers["mine"].options.checkpoint_path = "/nonexistent/mf.safetensors";
  // Another pair than the checkpoint's has no calibration table.
  config.routers["mf"].options.strong_model = "claude-2.1";
  config.routes["auto"].router = "mf";
  config.routes["auto"].strong_share = *StrongShare::Create(0.4);
  const auto routers = MakeRouters(config, "it");
  ASSERT_FALSE(routers);
  EXPECT_EQ(routers.error().code, ErrorCode::kIo);
  EXPECT_THAT(routers.error().ToString(),
              AllOf(HasSubstr("it has 2 problems"), HasSubstr("routers.mine: "),
                    HasSubstr("routes.auto.strong_model_pct: the checkpoint has no calibration "
                              "table for claude-2.1 over mixtral")));
}

TEST(MakeRoutersTest, ARouterOnEmbeddingsNeedsAnEmbedderThatFits) {
  const TemporaryFolder folder;
  const std::vector<float> values{1, 2, 3, 4};
  const data::TensorView matrix{data::Dtype::kF32, {2, 2}, data::AsBytes(values)};
  const std::string path = folder.File("mf.safetensors");
  ASSERT_TRUE(data::SaveSafetensors(
      path,
      {{"P.weight", matrix},
       {"text_proj.0.weight", matrix},
       {"classifier.0.weight",
        {data::Dtype::kF32, {1, 2}, data::AsBytes(values).first(2 * sizeof(float))}}},
      {{"models", R"(["a", "b"])"}, {"pair", R"({"strong": "a", "weak": "b"})"}}));
  config::Config config = TestConfig();
  config.routers["mf"].options.checkpoint_path = path;
  const auto problem = [&config] { return MakeRouters(config, "it").error().ToString(); };
  EXPECT_THAT(problem(), HasSubstr("routers.mf: this router scores embeddings"));
  config.embedders["words"] = {.dimensions = 3};
  config.routers["mf"].embedder = "words";
  EXPECT_THAT(problem(), HasSubstr("routers.mf: the embedder gives 3 numbers"));
  config.embedders["words"].dimensions = 2;
  config.routers["other"] = config.routers["mf"];
  const auto routers = MakeRouters(config, "it");
  ASSERT_TRUE(routers) << routers.error().ToString();
  ASSERT_EQ(routers->providers.size(), 1U) << "two routers share an embedder";
  EXPECT_EQ(routers->by_name.at("mf").evidence, routers->providers[0].get());
  EXPECT_EQ(routers->providers[0]->name, "embedder:words");
  EXPECT_EQ(routers->by_name.at("random").evidence, nullptr);
  config.routers["random"].embedder = "words";
  EXPECT_THAT(problem(), HasSubstr("routers.random: this router does not score embeddings"));
}

TEST(MakeRoutersTest, WhoAsksElsewhereNeedsToKnowWhere) {
  config::Config config = TestConfig();
  config.routers["judge"] = {.type = "causal_llm", .options = {}};
  config.routers["mine"] = {.type = "exec", .options = {}};
  EXPECT_THAT(MakeRouters(config, "it").error().ToString(),
              AllOf(HasSubstr("routers.judge: this router asks a language model: say which"),
                    HasSubstr("routers.mine: this router asks another program: say which")));
  config.routers["judge"].scoring_model = config::ScoringModelConfig{
      .endpoint = config.models.at("large").endpoint, .limits = {.max_waiting = 3}};
  config.routers["mine"].command = config::CommandConfig{.command = {"no-such-program"}};
  const auto routers = MakeRouters(config, "it");
  ASSERT_TRUE(routers) << routers.error().ToString();
  const EvidenceProvider& judge = *routers->by_name.at("judge").evidence;
  EXPECT_EQ(judge.name, "router:judge");
  EXPECT_NE(judge.question, nullptr);
  EXPECT_EQ(judge.limits.max_waiting, 3U);
  EXPECT_THAT(judge.request_head, HasSubstr("authorization: Bearer sk-1"));
  EXPECT_NE(judge.cache, nullptr);
  const EvidenceProvider& mine = *routers->by_name.at("mine").evidence;
  EXPECT_NE(mine.source, nullptr);
  EXPECT_EQ(mine.cache, nullptr) << "what a program says may change";
  config.routers["judge"].scoring_model->prompt_folder = "/nonexistent";
  EXPECT_THAT(MakeRouters(config, "it").error().ToString(),
              HasSubstr("routers.judge: cannot read /nonexistent/system_ft_v5.txt"));
}

}  // namespace
}  // namespace routellm::gateway
