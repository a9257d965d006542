#include "evidence/embedders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace routellm::evidence {
namespace {

using ::testing::HasSubstr;

config::EmbedderConfig Remote(const std::string& model, std::size_t dimensions = 0) {
  config::EmbedderConfig config{.kind = config::EmbedderKind::kRemote};
  config.endpoint.upstream_model = model;
  config.dimensions = dimensions;
  return config;
}

TEST(EmbeddersTest, TheHashedOneHasTheDimensionsThatAreAskedFor) {
  EXPECT_EQ((*MakeLocalEmbedder({.dimensions = 64}))->identity().dimension, 64U);
  EXPECT_EQ((*MakeLocalEmbedder({}))->identity().dimension, 512U);
}

TEST(EmbeddersTest, AnEncoderIsRefusedAsItsLoaderDoes) {
  EXPECT_FALSE(
      MakeLocalEmbedder({.kind = config::EmbedderKind::kEncoder, .model_folder = "/nonexistent"}));
}

TEST(EmbeddersTest, ARemoteOneIsItsModel) {
  const auto identity = RemoteIdentity(Remote("text-embedding-3-small"));
  EXPECT_EQ(identity.name, "remote");
  EXPECT_EQ(identity.revision, "text-embedding-3-small");
  EXPECT_EQ(identity.dimension, 1536U);
  EXPECT_EQ(RemoteIdentity(Remote("text-embedding-3-large", 256)).dimension, 256U);
  EXPECT_EQ(RemoteIdentity(Remote("mine")).dimension, 0U);
}

TEST(EmbeddersTest, ARouterTakesTheEmbedderThatItWasMadeForOnly) {
  routing::RouterInfo router;
  router.embedder = {"remote", 4, "m"};
  EXPECT_TRUE(CheckEmbedder(router, {"remote", 4, "m"}));
  EXPECT_TRUE(CheckEmbedder(router, {"remote", 0, "m"}));
  EXPECT_FALSE(CheckEmbedder(router, {"remote", 4, "other"}));
  EXPECT_FALSE(CheckEmbedder(router, {"encoder", 4, "m"}));
  const auto wrong = CheckEmbedder(router, {"remote", 5, "m"});
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().public_message, HasSubstr("5 numbers"));
  router.embedder = {"", 4, ""};
  EXPECT_TRUE(CheckEmbedder(router, {"encoder", 4, "m"})) << "a file that names no embedder";
}

}  // namespace
}  // namespace routellm::evidence
