// Win rates of `mf` on embeddings as numpy computes them: for each folder mf* in $ROUTELLM_GOLDEN,
// of the checkpoint model.safetensors on the rows of embeddings.safetensors, expected.json.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include "data/safetensors.h"
#include "embedding/vector_file.h"
#include "golden/reference.h"
#include "routing/mf_embedding_checkpoint.h"
#include "routing/registry.h"

namespace routellm {
namespace {

using golden::fs::path;

void CheckCase(const path& folder) {
  const nlohmann::json expected = golden::ReadJson(folder / "expected.json");
  const auto embeddings = embedding::LoadVectors(folder / "embeddings.safetensors");
  ASSERT_TRUE(embeddings) << embeddings.error().ToString();
  routing::RouterOptions options;
  options.checkpoint_path = folder / "model.safetensors";
  const auto checkpoint =
      data::Safetensors::Load(options.checkpoint_path).and_then(routing::ReadMfEmbeddingCheckpoint);
  ASSERT_TRUE(checkpoint) << checkpoint.error().ToString();
  ASSERT_FALSE(expected.empty());
  for (const nlohmann::json& pair : expected) {
    options.strong_model = checkpoint->models.at(pair.at("model_a").get<std::size_t>());
    options.weak_model = checkpoint->models.at(pair.at("model_b").get<std::size_t>());
    const auto router = routing::MakeRouter("mf", options);
    ASSERT_TRUE(router) << router.error().ToString();
    const auto win_rates = pair.at("win_rate").get<std::vector<double>>();
    ASSERT_EQ(win_rates.size(), embeddings->rows);
    for (std::size_t i = 0; i < win_rates.size(); ++i) {
      const auto score = (*router)->Score({}, embeddings->Row(i));
      ASSERT_TRUE(score) << score.error().ToString();
      EXPECT_NEAR(score->value(), win_rates[i], 1e-6) << i;
    }
  }
}

TEST(MfGoldenTest, WinRatesAreThoseOfNumpy) {
  const auto cases = golden::Cases("mf");
  if (cases.empty() && !golden::InCi()) GTEST_SKIP() << "no reference numbers";
  EXPECT_FALSE(cases.empty());
  for (const path& folder : cases) {
    SCOPED_TRACE(folder);
    CheckCase(folder);
  }
  fmt::print("golden: {} mf cases\n", cases.size());
}

}  // namespace
}  // namespace routellm
