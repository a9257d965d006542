#include "training/comparisons.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

namespace routellm::training {
namespace {

using ::testing::Each;
using ::testing::Field;
using ::testing::SizeIs;

TEST(ComparisonsTest, BattlesStayAsTheyAre) {
  data::Dataset dataset;
  dataset.queries.resize(2);
  dataset.battles = {{1, 3, 2, 0.5F, 2.0F}, {0, 0, 1, 1.0F, 1.0F, true, false}};
  const auto kept = MakeComparisons(dataset, {});
  ASSERT_THAT(kept, SizeIs(2));
  EXPECT_EQ(kept[0].query, 1U);
  EXPECT_EQ(kept[0].model_a, 3U);
  EXPECT_EQ(kept[0].a_wins, 0.5F);
  EXPECT_EQ(kept[0].weight, 2.0F);
  EXPECT_TRUE(kept[1].sampled_for_a);
  const auto plain = MakeComparisons(dataset, {.sampled = SampledVotes::kPlain});
  ASSERT_THAT(plain, SizeIs(2));
  EXPECT_FALSE(plain[1].sampled_for_a);
  EXPECT_THAT(MakeComparisons(dataset, {.sampled = SampledVotes::kLeftOut}), SizeIs(1));
}

TEST(ComparisonsTest, OutcomesOfAQueryAreComparedTwoByTwo) {
  data::Dataset dataset;
  dataset.queries.resize(2);
  dataset.outcomes = {{0, 0, 1.0F}, {1, 4, 0.25F}, {0, 1, 0.0F}, {1, 2, 0.75F}, {0, 2, 1.0F}};
  const auto comparisons = MakeComparisons(dataset, {});
  ASSERT_THAT(comparisons, SizeIs(4));
  EXPECT_EQ(comparisons[0].a_wins, 1.0F);  // 0 over 1
  EXPECT_EQ(comparisons[1].a_wins, 0.5F);  // 0 and 2
  EXPECT_EQ(comparisons[3].model_a, 4U);
  EXPECT_EQ(comparisons[3].a_wins, 0.25F);  // 1/2 + (0.25 - 0.75) / 2
}

TEST(ComparisonsTest, ManyOutcomesAreDrawnFrom) {
  data::Dataset dataset;
  dataset.queries.resize(1);
  for (std::uint32_t model = 0; model < 30; ++model)
    dataset.outcomes.push_back({0, model, static_cast<float>(model) / 30});
  const auto comparisons = MakeComparisons(dataset, {.most_per_query = 16});
  ASSERT_THAT(comparisons, SizeIs(16));
  EXPECT_THAT(comparisons, Each(Field(&Comparison::query, 0U)));
  for (const Comparison& one : comparisons) {
    EXPECT_NE(one.model_a, one.model_b);
    EXPECT_NEAR(one.a_wins, 0.5F + (float(one.model_a) - float(one.model_b)) / 60, 1e-6);
  }
  const auto others = MakeComparisons(dataset, {.most_per_query = 16, .seed = 2});
  EXPECT_FALSE(std::equal(comparisons.begin(), comparisons.end(), others.begin(),
                          [](const auto& x, const auto& y) { return x.model_a == y.model_a; }));
}

TEST(StrengthsTest, TellStrengthFromSampling) {
  // Model 0 is as strong as 1, but half of its votes were drawn with a shift of -2.
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> uniform;
  std::vector<Comparison> comparisons;
  for (int i = 0; i < 20000; ++i) {
    const bool sampled = i % 2 == 0;
    const bool with_third = i % 3 == 0;
    const double logit = (with_third ? 1.0 : 0.0) + (sampled ? -2.0 : 0.0);
    comparisons.push_back({.model_a = 0,
                           .model_b = with_third ? 2U : 1U,
                           .a_wins = uniform(random) < 1 / (1 + std::exp(-logit)) ? 1.0F : 0.0F,
                           .sampled_for_a = sampled});
  }
  const Strengths strengths = FitStrengths(comparisons, 3);
  EXPECT_NEAR(strengths.models[0] - strengths.models[1], 0.0, 0.1);
  EXPECT_NEAR(strengths.models[0] - strengths.models[2], 1.0, 0.1);
  EXPECT_NEAR(strengths.sampled[0], -2.0, 0.1);
  EXPECT_NEAR(LogitOf(comparisons[0], strengths), -1.0, 0.15);
}

}  // namespace
}  // namespace routellm::training
