#include "training/metrics.h"

#include <gtest/gtest.h>

namespace routellm::training {
namespace {

TEST(AreaUnderRocTest, CountsOrderedPairs) {
  // In favour at 3 and 1, against at 2 and 0: three of the four pairs are in order.
  EXPECT_DOUBLE_EQ(AreaUnderRoc({{3, 1, 1}, {2, 0, 1}, {1, 1, 1}, {0, 0, 1}}).Value(-1), 0.75);
}

TEST(AreaUnderRocTest, EqualScoresCountHalfAndTiesNothing) {
  EXPECT_DOUBLE_EQ(AreaUnderRoc({{1, 1, 1}, {1, 0, 1}}).Value(-1), 0.5);
  EXPECT_DOUBLE_EQ(AreaUnderRoc({{2, 1, 1}, {1, 0, 1}, {5, 0.5F, 9}, {-5, 0.5F, 9}}).Value(-1),
                   1.0);
}

TEST(AreaUnderRocTest, JudgementsCountByWeightAndDecision) {
  // The pair out of order weighs 0.5 * 0.2 against 1.
  EXPECT_NEAR(AreaUnderRoc({{2, 1, 1}, {1, 0, 1}, {0, 0.6F, 0.5F}}).Value(-1), 1.0 / 1.1, 1e-6);
}

TEST(AreaUnderRocTest, OneSidedJudgementsHaveNoArea) {
  EXPECT_EQ(AreaUnderRoc({{2, 1, 1}, {1, 1, 1}}).Value(-1), -1);
  EXPECT_EQ(AreaUnderRoc({}).Value(-1), -1);
}

TEST(ApgrTest, AllGainFirstLastOrSpread) {
  EXPECT_DOUBLE_EQ(AveragePerformanceGapRecovered({{2, 1, 1}, {1, 0.5F, 1}}).Value(-1), 0.75);
  EXPECT_DOUBLE_EQ(AveragePerformanceGapRecovered({{1, 1, 1}, {2, 0.5F, 1}}).Value(-1), 0.25);
  EXPECT_DOUBLE_EQ(AveragePerformanceGapRecovered({{1, 1, 1}, {1, 0.5F, 1}}).Value(-1), 0.5);
  EXPECT_EQ(AveragePerformanceGapRecovered({{1, 0.5F, 1}}).Value(-1), -1) << "nothing to gain";
}

TEST(ExpectedCalibrationErrorTest, MeasuresTheGapByBin) {
  EXPECT_NEAR(
      ExpectedCalibrationError({{0.25F, 0, 1}, {0.25F, 0.5F, 1}, {0.9F, 1, 1}, {0.9F, 1, 1}}, 2),
      0.05, 1e-6);
  EXPECT_EQ(ExpectedCalibrationError({}, 10), 0.0);
}

}  // namespace
}  // namespace routellm::training
