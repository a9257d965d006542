#include "evaluation/curve.h"

#include <gmock/gmock.h>

#include <cmath>

namespace routellm::evaluation {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;

std::vector<double> Shares(const Curve& curve) {
  std::vector<double> shares;
  for (const CurvePoint& point : curve) shares.push_back(point.strong_share);
  return shares;
}

std::vector<double> Qualities(const Curve& curve) {
  std::vector<double> qualities;
  for (const CurvePoint& point : curve) qualities.push_back(point.quality);
  return qualities;
}

Curve BuildCurve(const PairOutcomes& outcomes, const std::vector<double>& scores,
                 std::size_t bins) {
  return CurveBuilder(outcomes, scores, QuantileEdges(scores, bins)).Build(AllQueries(outcomes));
}

TEST(QuantileEdgesTest, InterpolatesBetweenScores) {
  const std::vector<double> scores = {4, 1, 3, 2};
  EXPECT_THAT(QuantileEdges(scores, 2), ElementsAre(1, 2.5, 4));
  EXPECT_THAT(QuantileEdges(scores, 4),
              ElementsAre(1, DoubleEq(1.75), DoubleEq(2.5), DoubleEq(3.25), 4));
}

TEST(QuantileEdgesTest, KeepsEachDistinctEdgeOnce) {
  EXPECT_THAT(QuantileEdges(std::vector<double>{0, 0, 0, 0, 1}, 4), ElementsAre(0, 1));
  EXPECT_THAT(QuantileEdges(std::vector<double>(9, 0.5), 10), ElementsAre(0.5));
  EXPECT_THAT(QuantileEdges(std::vector<double>{0.5}, 1), ElementsAre(0.5, 0.5));
}

TEST(CurveBuilderTest, GoesFromTheWeakModelToTheStrongOne) {
  const PairOutcomes outcomes{.weak = {0, 0, 1, 1}, .strong = {1, 0, 1, 0}, .scale = 100};
  const Curve curve = BuildCurve(outcomes, {0.9, 0.7, 0.5, 0.1}, 2);
  EXPECT_THAT(Shares(curve), ElementsAre(0, 50, 100));
  EXPECT_THAT(Qualities(curve), ElementsAre(50, 75, 50));
}

TEST(CurveBuilderTest, AScoreOnAnEdgeIsStrongButForTheLastEdge) {
  const PairOutcomes outcomes{.weak = {0, 0, 0}, .strong = {1, 1, 1}};
  const std::vector<double> scores = {1, 2, 3};
  const Curve curve = CurveBuilder(outcomes, scores, {1, 2, 3}).Build(AllQueries(outcomes));
  EXPECT_THAT(Qualities(curve), ElementsAre(0, DoubleEq(2.0 / 3), 1));
}

TEST(CurveBuilderTest, TiedScoresAreRoutedAlike) {
  const PairOutcomes outcomes{.weak = {0, 0, 0, 0}, .strong = {1, 1, 1, 1}};
  EXPECT_THAT(Shares(BuildCurve(outcomes, {0, 0, 0, 1}, 10)), ElementsAre(0, 25, 25, 25, 100));
  EXPECT_THAT(Shares(BuildCurve(outcomes, {0.5, 0.5, 0.5, 0.5}, 10)), ElementsAre(0));
}

TEST(CurveBuilderTest, ASampleCountsQueriesAsOftenAsTheyOccur) {
  const PairOutcomes outcomes{.weak = {0, 10}, .strong = {10, 10}};
  const std::vector<double> scores = {0.9, 0.1};
  const CurveBuilder builder(outcomes, scores, {0.1, 0.5, 0.9});
  const Sample sample = MakeSample(outcomes, {3, 1});
  EXPECT_DOUBLE_EQ(sample.quality.weak, 2.5);
  EXPECT_DOUBLE_EQ(sample.quality.strong, 10);
  EXPECT_THAT(Shares(builder.Build(sample)), ElementsAre(0, 75, 100));
  EXPECT_THAT(Qualities(builder.Build(sample)), ElementsAre(2.5, 10, 10));
}

TEST(CurveBuilderTest, AStrictlyRisingTransformOfScoresChangesNothing) {
  PairOutcomes outcomes;
  std::vector<double> scores;
  std::vector<double> transformed;
  for (int i = 0; i < 500; ++i) {
    outcomes.weak.push_back(i % 3);
    outcomes.strong.push_back(i % 7);
    scores.push_back((i * 37 % 101) / 101.0);
    transformed.push_back(std::exp(3 * scores.back()) - 5);
  }
  EXPECT_EQ(Shares(BuildCurve(outcomes, scores, 20)),
            Shares(BuildCurve(outcomes, transformed, 20)));
  EXPECT_EQ(Qualities(BuildCurve(outcomes, scores, 20)),
            Qualities(BuildCurve(outcomes, transformed, 20)));
}

TEST(DistinctEdgesTest, MakeEveryScoreAThreshold) {
  const PairOutcomes outcomes{.weak = {0, 0, 0}, .strong = {1, 1, 1}};
  const std::vector<double> scores = {2, 1, 2};
  EXPECT_THAT(DistinctEdges(scores), ElementsAre(1, 2, 2));
  const Curve curve =
      CurveBuilder(outcomes, scores, DistinctEdges(scores)).Build(AllQueries(outcomes));
  EXPECT_THAT(Shares(curve), ElementsAre(0, DoubleEq(200.0 / 3), 100));
}

TEST(MeanCurveTest, AveragesPointByPoint) {
  const PairOutcomes outcomes{.weak = {0, 0}, .strong = {10, 20}};
  const std::vector<double> first = {0.2, 0.8};
  const std::vector<double> second = {0.8, 0.2};
  std::vector<CurveBuilder> builders;
  builders.emplace_back(outcomes, first, QuantileEdges(first, 2));
  builders.emplace_back(outcomes, second, QuantileEdges(second, 2));
  const Curve curve = MeanCurve(builders, AllQueries(outcomes));
  ASSERT_EQ(curve.size(), 3U);
  EXPECT_DOUBLE_EQ(curve[1].threshold, 0.5);
  EXPECT_DOUBLE_EQ(curve[1].strong_share, 50);
  EXPECT_DOUBLE_EQ(curve[1].quality, 7.5);
}

}  // namespace
}  // namespace routellm::evaluation
