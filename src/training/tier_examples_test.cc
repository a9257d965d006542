#include "training/tier_examples.h"

#include <gtest/gtest.h>

#include <string>

namespace routellm::training {
namespace {

// Twelve models, each of which beats those behind it more often the further they are.
data::Dataset Ladder() {
  data::Dataset dataset;
  for (std::uint32_t i = 0; i < 12; ++i) dataset.models.push_back("m" + std::to_string(i));
  for (std::uint32_t a = 0; a < 12; ++a) {
    for (std::uint32_t b = a + 1; b < 12; ++b) {
      for (std::uint32_t win = 0; win < 10; ++win) {
        const auto query = static_cast<std::uint32_t>(dataset.queries.size());
        dataset.queries.push_back({std::to_string(query), "", 0, 0, query});
        const float result = win == 0 ? 0.5F : win <= (b - a) / 2 + 5 ? 1.0F : 0.0F;
        // Half of them the other way round.
        dataset.battles.push_back(
            win % 2 == 0 ? data::Battle{query, a, b, result, 1.0F, false, false}
                         : data::Battle{query, b, a, 1.0F - result, 1.0F, false, false});
      }
    }
  }
  return dataset;
}

TEST(TierExamplesTest, TheBetterModelIsTheStrongOneOfModelsThatAreApart) {
  const data::Dataset dataset = Ladder();
  const auto found = FindTierExamples(dataset, 2);
  ASSERT_TRUE(found) << found.error().ToString();
  EXPECT_GT(found->examples.size(), 100U);
  EXPECT_LT(found->examples.size(), dataset.battles.size());
  EXPECT_GE(found->strong_models, 5U);
  double wins = 0;
  double losses = 0;
  for (const PairExample& example : found->examples) {
    EXPECT_EQ(example.wins + example.ties + example.losses, 1.0F);
    EXPECT_EQ(example.strong, example.wins + 0.5F * example.ties);
    wins += double{example.wins};
    losses += double{example.losses};
  }
  EXPECT_GT(wins, 2 * losses);
}

TEST(TierExamplesTest, FewerBattlesAreFurtherApart) {
  const data::Dataset dataset = Ladder();
  EXPECT_GT(FindTierExamples(dataset, 1)->examples.size(),
            FindTierExamples(dataset, 5)->examples.size());
  EXPECT_FALSE(FindTierExamples(dataset, 10));
  EXPECT_FALSE(FindTierExamples({}, 1));
}

}  // namespace
}  // namespace routellm::training
