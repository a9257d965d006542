#include "evaluation/optimum.h"

#include <gmock/gmock.h>

#include <random>

#include "evaluation/metrics.h"

namespace routellm::evaluation {
namespace {

TEST(OptimumTest, SpendsCallsWhereTheyGainMostAndNoneThatLose) {
  const PairOutcomes outcomes{.weak = {5, 0, 9, 5}, .strong = {8, 7, 1, 5}};
  const Curve optimum = OptimalCurve(outcomes);
  ASSERT_EQ(optimum.size(), 5U);
  EXPECT_DOUBLE_EQ(optimum[0].quality, 19.0 / 4);
  EXPECT_DOUBLE_EQ(optimum[1].quality, 26.0 / 4);
  EXPECT_DOUBLE_EQ(optimum[2].quality, 29.0 / 4);
  EXPECT_DOUBLE_EQ(optimum[4].quality, 29.0 / 4);
}

TEST(OptimumTest, AFractionOfACallIsWorthAsMuchOfItsGain) {
  const PairOutcomes outcomes{.weak = {0, 0}, .strong = {8, 4}};
  const Curve optimum = OptimalCurve(outcomes);
  EXPECT_DOUBLE_EQ(QualityAt(optimum, 0), 0);
  EXPECT_DOUBLE_EQ(QualityAt(optimum, 25), 2);
  EXPECT_DOUBLE_EQ(QualityAt(optimum, 75), 5);
  EXPECT_DOUBLE_EQ(QualityAt(optimum, 100), 6);
}

TEST(OptimumTest, NoRouterIsAboveIt) {
  std::mt19937 generator(1);
  std::uniform_int_distribution<int> outcome(0, 4);
  for (int round = 0; round < 50; ++round) {
    PairOutcomes outcomes;
    std::vector<double> scores;
    for (int i = 0; i < 60; ++i) {
      outcomes.weak.push_back(outcome(generator));
      outcomes.strong.push_back(outcome(generator));
      scores.push_back(outcomes.strong.back() - outcomes.weak.back() + outcome(generator));
    }
    const Sample all = AllQueries(outcomes);
    const Curve optimum = OptimalCurve(outcomes);
    for (const std::size_t bins : {1U, 3U, 10U, 60U}) {
      const Curve curve = CurveBuilder(outcomes, scores, QuantileEdges(scores, bins)).Build(all);
      for (const CurvePoint& point : curve) {
        EXPECT_LE(point.quality, QualityAt(optimum, point.strong_share) + 1e-9);
      }
      EXPECT_LE(Auc(curve), Auc(optimum) + 1e-9);
    }
  }
}

}  // namespace
}  // namespace routellm::evaluation
