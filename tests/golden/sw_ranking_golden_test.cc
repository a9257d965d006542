// Similarity-weighted rankings as numpy computes them, by exact maximum likelihood: for each folder
// sw_ranking* in $ROUTELLM_GOLDEN the ratings, tiers and win rates of expected.json.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <numbers>

#include "data/safetensors.h"
#include "golden/reference.h"
#include "routing/battle_ranking.h"
#include "routing/sw_ranking_router.h"

namespace routellm {
namespace {

using golden::fs::path;
using nlohmann::json;

void CheckRanking(const path& folder, const json& expected) {
  const auto ranking = routing::RankBattles(folder / "battles.csv");
  ASSERT_TRUE(ranking) << ranking.error().ToString();
  ASSERT_EQ(ranking->models.size(), expected.at("ratings").size());
  for (std::size_t i = 0; i < ranking->models.size(); ++i) {
    const std::string& model = ranking->models[i];
    const double rating = 1000.0 + 400.0 / std::numbers::ln10 * ranking->strengths[i];
    EXPECT_NEAR(rating, expected.at("ratings").at(model).get<double>(), 1e-6) << model;
    EXPECT_EQ(ranking->tiers[i], expected.at("tiers").at(model).get<std::size_t>()) << model;
  }
}

void CheckWinRates(const path& folder, const json& expected, routing::Precision precision,
                   double tolerance) {
  const std::string embeddings = folder / "embeddings.safetensors";
  const auto file = data::Safetensors::Load(embeddings);
  ASSERT_TRUE(file) << file.error().ToString();
  const data::TensorView& tensor = file->tensors().at("queries");
  const auto queries = data::ToFloats(tensor);
  ASSERT_TRUE(queries);
  const std::size_t columns = tensor.shape.at(1);
  const auto& win_rates = expected.at("win_rate_by_query");
  ASSERT_EQ(win_rates.size(), tensor.shape[0]);
  const auto& pairs = expected.at("pairs");
  for (std::size_t p = 0; p < pairs.size(); ++p) {
    const auto router =
        routing::SwRankingRouter::Load({.battles_path = folder / "battles.csv",
                                        .embeddings_path = embeddings,
                                        .precision = precision,
                                        .strong_model = pairs[p].at(0).get<std::string>(),
                                        .weak_model = pairs[p].at(1).get<std::string>()});
    ASSERT_TRUE(router) << router.error().ToString();
    for (std::size_t q = 0; q < win_rates.size(); ++q) {
      const auto score = (*router)->Score({}, std::span(*queries).subspan(q * columns, columns));
      ASSERT_TRUE(score) << score.error().ToString();
      EXPECT_NEAR(score->value(), win_rates[q].at(p).get<double>(), tolerance) << q << ' ' << p;
    }
  }
}

TEST(SwRankingGoldenTest, RatingsTiersAndWinRatesAreThoseOfNumpy) {
  const auto cases = golden::Cases("sw_ranking");
  if (cases.empty() && !golden::InCi()) GTEST_SKIP() << "no reference numbers";
  EXPECT_FALSE(cases.empty());
  for (const path& folder : cases) {
    SCOPED_TRACE(folder);
    const json expected = golden::ReadJson(folder / "expected.json");
    ASSERT_FALSE(expected.is_discarded());
    CheckRanking(folder, expected);
    CheckWinRates(folder, expected, routing::Precision::kFloat, 1e-6);
    CheckWinRates(folder, expected, routing::Precision::kInt8, 1e-3);
  }
  fmt::print("golden: {} sw_ranking cases\n", cases.size());
}

}  // namespace
}  // namespace routellm
