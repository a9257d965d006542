#include "evaluation/metrics.h"

#include <gmock/gmock.h>

namespace routellm::evaluation {
namespace {

using ::testing::Optional;

constexpr PairQuality kPair{.weak = 50, .strong = 90};

// Qualities at shares 0, 10, 20, ...
Curve Tenths(std::initializer_list<double> qualities) {
  Curve curve;
  for (const double quality : qualities) {
    curve.push_back({0.0, static_cast<double>(curve.size()) * 10.0, quality});
  }
  return curve;
}

TEST(MetricsTest, TheDiagonalRecoversHalfOfTheGap) {
  const Curve curve = {{1, 0, 50}, {0, 100, 90}};
  EXPECT_DOUBLE_EQ(Auc(curve), 70);
  EXPECT_THAT(Apgr(curve, kPair), Optional(0.5));
  const Metrics metrics = ComputeMetrics(curve, kPair, {});
  EXPECT_THAT(metrics[Metric::kCpt20], Optional(20.0));
  EXPECT_THAT(metrics[Metric::kCpt50], Optional(50.0));
  EXPECT_THAT(metrics[Metric::kCpt80], Optional(80.0));
}

TEST(MetricsTest, BothCptRulesAgreeOnARisingCurve) {
  const Curve curve = Tenths({50, 58, 63, 67, 70, 73, 76, 79, 82, 86, 90});
  for (double fraction = 0.01; fraction < 1.0; fraction += 0.01) {
    const auto interp = CptAsInterp(curve, kPair, fraction);
    ASSERT_TRUE(interp);
    EXPECT_THAT(Cpt(curve, kPair, fraction), Optional(testing::DoubleNear(*interp, 1e-9)));
  }
}

TEST(MetricsTest, CptIsTheSmallestShareThatReachesTheQuality) {
  const Curve curve = Tenths({50, 80, 60, 65, 72, 80, 84, 88, 92, 91, 90});
  EXPECT_THAT(Cpt(curve, kPair, 0.5), Optional(testing::DoubleEq(20.0 / 3)));
}

// Worked by hand through numpy's search for 70: the points at 10, 20 and 30 are not above it, nor
// is the middle of the rest, at 60; the crossing behind that one is found, and the one before 40 is
// not.
TEST(MetricsTest, CptAsInterpFollowsTheSearchOfNumpy) {
  const Curve curve = Tenths({50, 60, 65, 55, 75, 65, 69, 80, 82, 88, 90});
  EXPECT_THAT(CptAsInterp(curve, kPair, 0.5), Optional(testing::DoubleEq(60 + 10.0 / 11)));
  EXPECT_THAT(Cpt(curve, kPair, 0.5), Optional(testing::DoubleEq(37.5)));
}

TEST(MetricsTest, CptAsInterpEndsAtTheEndsOfTheCurve) {
  EXPECT_THAT(CptAsInterp({{1, 0, 50}, {0, 40, 60}}, kPair, 0.8), Optional(40.0));
  EXPECT_THAT(CptAsInterp({{1, 10, 70}, {0, 40, 90}}, kPair, 0.2), Optional(10.0));
}

TEST(MetricsTest, WhatIsUndefinedIsNone) {
  const Curve point = {{0.5, 0, 50}};
  EXPECT_EQ(Auc(point), 0);
  EXPECT_EQ(Apgr(point, kPair), std::nullopt);
  EXPECT_EQ(Cpt(point, kPair, 0.5), std::nullopt);
  const Curve flat = {{1, 0, 50}, {0, 100, 50}};
  EXPECT_EQ(Apgr(flat, {50, 50}), std::nullopt);
  EXPECT_EQ(Cpt(flat, {50, 50}, 0.5), std::nullopt);
}

TEST(MetricsTest, NearlyTheStrongModelIsMeasuredByItsOwnQuality) {
  const Curve curve = {{1, 0, 50}, {0.5, 40, 80}, {0, 100, 90}};
  // 95 % of 90 is 85.5, in the middle of the last part but for half a point; by lot it takes 88.75
  // %.
  const Metrics metrics = ComputeMetrics(curve, kPair, {.prices = {.weak = 0, .strong = 10}});
  EXPECT_THAT(metrics[Metric::kNearStrongShare], Optional(testing::DoubleEq(73)));
  EXPECT_THAT(metrics[Metric::kNearStrongCost], Optional(testing::DoubleEq(7.3)));
  EXPECT_THAT(metrics[Metric::kNearStrongSaving], Optional(testing::DoubleEq(1 - 73 / 88.75)));
}

}  // namespace
}  // namespace routellm::evaluation
