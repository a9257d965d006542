#include "evaluation/pairs.h"

#include <gmock/gmock.h>

#include <cmath>

namespace routellm::evaluation {
namespace {

// "large" answers everything, "small" the first half, "twin" the other one.
EvaluationSet HalfAndHalf(std::uint32_t count) {
  data::Dataset dataset;
  dataset.models = {"large", "small", "twin"};
  for (std::uint32_t i = 0; i < count; ++i) {
    dataset.queries.push_back({.id = std::to_string(i), .prompt = "prompt"});
    dataset.outcomes.push_back({i, 0, 1.0F});
    dataset.outcomes.push_back({i, 1, i < count / 2 ? 1.0F : 0.0F});
    dataset.outcomes.push_back({i, 2, i > count / 2 ? 1.0F : 0.0F});
  }
  return EvaluationSet::FromOutcomes(std::move(dataset), "halves");
}

TEST(PairsTest, ARouterThatKnowsOnePairNeedNotKnowAnother) {
  constexpr std::uint32_t kCount = 400;
  Candidate knows_small{"knows-small", {{}}};
  for (std::uint32_t i = 0; i < kCount; ++i) knows_small.repetitions[0].push_back(i);
  const auto result = EvaluatePairs(HalfAndHalf(kCount), std::vector{knows_small}, 1,
                                    {.bootstrap = {.resamples = 100}});
  ASSERT_EQ(result.pairs.size(), 3U);
  EXPECT_EQ(result.pairs[0].models.weak, "small");
  EXPECT_TRUE(result.pairs[0].gap_is_certain);
  EXPECT_NEAR(*result.pairs[0].routers[0].value, 0.75, 0.01);
  EXPECT_GT(result.pairs[0].routers[0].interval->low, 0.5);
  EXPECT_EQ(result.pairs[1].models.weak, "twin");
  EXPECT_NEAR(*result.pairs[1].routers[0].value, 0.25, 0.01);
  EXPECT_FALSE(result.pairs[2].gap_is_certain);  // one query apart
  EXPECT_NEAR(result.routers[0].mean_apgr, 0.5, 0.01);
  EXPECT_EQ(result.routers[0].above_random, 1U);
  EXPECT_EQ(result.routers[0].below_random, 1U);
}

TEST(PairsTest, WithoutPairsThereIsNoMean) {
  const auto result =
      EvaluatePairs(HalfAndHalf(4), std::vector<Candidate>{{"none", {{0, 0, 0, 0}}}}, 100, {});
  EXPECT_TRUE(result.pairs.empty());
  EXPECT_TRUE(std::isnan(result.routers[0].mean_apgr));
}

TEST(SelectTest, KeepsTheScoresOfTheQueries) {
  const std::vector<Candidate> all = {{"router", {{1, 2, 3}, {4, 5, 6}}}};
  const std::vector<std::uint32_t> queries = {0, 2};
  const auto selected = Select(all, queries);
  EXPECT_THAT(selected[0].repetitions[0], testing::ElementsAre(1, 3));
  EXPECT_THAT(selected[0].repetitions[1], testing::ElementsAre(4, 6));
}

}  // namespace
}  // namespace routellm::evaluation
