#include "evaluation/cost.h"

#include <gmock/gmock.h>

namespace routellm::evaluation {
namespace {

using ::testing::DoubleEq;
using ::testing::Optional;

constexpr PairQuality kPair{.weak = 60, .strong = 80};
constexpr PairPrices kPrices{.weak = 1, .strong = 21};

TEST(CostTest, AMixCostsItsParts) {
  EXPECT_DOUBLE_EQ(MixCost(kPrices, 0), 1);
  EXPECT_DOUBLE_EQ(MixCost(kPrices, 25), 6);
  EXPECT_DOUBLE_EQ(MixCost({}, 25), 0.25);
}

TEST(CostTest, DrawingByLotNeedsTheShareOfTheGap) {
  EXPECT_THAT(RandomShare(kPair, 65), Optional(DoubleEq(25)));
  EXPECT_THAT(RandomShare(kPair, 50), Optional(DoubleEq(0)));
  EXPECT_EQ(RandomShare(kPair, 81), std::nullopt);
  EXPECT_EQ(RandomShare({.weak = 80, .strong = 60}, 70), std::nullopt);
}

TEST(CostTest, TheSavingIsThatOfTheCost) {
  // By lot: 75 % strong calls for a quality of 75, which cost 16.
  EXPECT_THAT(SavingAgainstRandom(kPair, kPrices, 75, 75), Optional(DoubleEq(0)));
  EXPECT_THAT(SavingAgainstRandom(kPair, kPrices, 75, 35), Optional(DoubleEq(0.5)));
  EXPECT_THAT(SavingAgainstRandom(kPair, {}, 75, 90), Optional(DoubleEq(-0.2)));
  EXPECT_EQ(SavingAgainstRandom(kPair, {}, 50, 0), std::nullopt);
}

}  // namespace
}  // namespace routellm::evaluation
