#include "routing/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/testing/temporary_folder.h"
#include "routing/testing/random_checkpoint.h"

namespace routellm::routing {
namespace {

TEST(RegistryTest, MakesEveryRouterByItsName) {
  const auto names = RouterNames();
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  EXPECT_THAT(names, ::testing::IsSupersetOf({"causal_llm", "exec", "mf", "random", "score"}));
  for (const std::string_view name : {"mf", "random", "score"}) {
    const auto router = MakeRouter(name, {});
    ASSERT_TRUE(router) << name << ": " << router.error().ToString();
    EXPECT_EQ((*router)->Info().name, name);
    EXPECT_FALSE((*router)->Info().description.empty());
    EXPECT_TRUE((*router)->Score({"What is the capital of France?"}, {}));
  }
}

TEST(RegistryTest, AnUnknownNameIsToldWhatThereIs) {
  const auto router = MakeRouter("bogus", {});
  ASSERT_FALSE(router);
  EXPECT_EQ(router.error().code, ErrorCode::kInvalidRequest);
  EXPECT_THAT(router.error().public_message, ::testing::HasSubstr("mf, random"));
}

TEST(RegistryTest, MfReadsACheckpointFile) {
  const TemporaryFolder folder;
  RouterOptions options;
  options.checkpoint_path = folder.File("mf.safetensors");
  EXPECT_EQ(MakeRouter("mf", options).error().code, ErrorCode::kIo);
  ASSERT_TRUE(SaveMfCheckpoint(RandomMfCheckpoint(1), options.checkpoint_path));
  EXPECT_EQ((*MakeRouter("mf", options))->Info().strong_model, "model-0");
  options.strong_model = "model-2";
  EXPECT_EQ((*MakeRouter("mf", options))->Info().strong_model, "model-2");
  options.strong_model = "absent";
  EXPECT_EQ(MakeRouter("mf", options).error().code, ErrorCode::kInvalidRequest);
}

TEST(RegistryTest, WhoComparesWithManyIsSlow) {
  EXPECT_TRUE(IsSlow("sw_ranking"));
  EXPECT_FALSE(IsSlow("mf"));
}

TEST(RegistryTest, EachHasItsSettings) {
  EXPECT_THAT(RouterSettings("random"), ::testing::ElementsAre("seed"));
  EXPECT_THAT(RouterSettings("knn"), ::testing::Contains("embedder"));
  EXPECT_THAT(RouterSettings("bogus"), ::testing::IsEmpty());
}

TEST(RegistryTest, SwRankingNeedsFiles) {
  EXPECT_EQ(MakeRouter("sw_ranking", {}).error().code, ErrorCode::kInvalidRequest);
  RouterOptions options;
  options.battles_path = "/nonexistent/battles.csv";
  options.embeddings_path = "/nonexistent/embeddings.npy";
  EXPECT_EQ(MakeRouter("sw_ranking", options).error().code, ErrorCode::kIo);
}

TEST(RegistryTest, RandomTakesASeed) {
  RouterOptions options;
  options.seed = 42;
  const auto first = MakeRouter("random", options);
  const auto second = MakeRouter("random", options);
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ((*first)->Score({"a"}, {})->value(), (*second)->Score({"b"}, {})->value());
}

}  // namespace
}  // namespace routellm::routing
