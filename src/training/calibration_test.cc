#include "training/calibration.h"

#include <gtest/gtest.h>

#include <cmath>

namespace routellm::training {
namespace {

// Logits from -2 to 2 whose win rates are sigmoid(slope * logit + offset), exactly.
std::vector<Judged> Logits(double slope, double offset, int count) {
  std::vector<Judged> logits;
  for (int i = 0; i < count; ++i) {
    const double logit = -2.0 + 4.0 * i / (count - 1);
    const double win_rate = 1.0 / (1.0 + std::exp(-(slope * logit + offset)));
    logits.push_back({static_cast<float>(logit), static_cast<float>(win_rate), 1.0F});
  }
  return logits;
}

TEST(FitCalibrationTest, FindsSlopeAndOffset) {
  const Calibration fit = FitCalibration(Logits(0.6, -0.4, 20'000));
  EXPECT_NEAR(fit.slope, 0.6, 0.005);
  EXPECT_NEAR(fit.offset, -0.4, 0.005);
}

TEST(FitCalibrationTest, FewJudgementsKeepTheSlopeNearOne) {
  const Calibration fit = FitCalibration({{1.0F, 0.0F, 1.0F}, {-1.0F, 1.0F, 1.0F}});
  EXPECT_GT(fit.slope, 0.5);
  EXPECT_NEAR(fit.offset, 0.0, 1e-6);
}

TEST(FitCalibrationTest, TheSlopeStaysPositive) {
  EXPECT_GT(FitCalibration(Logits(-2.0, 0.0, 5'000)).slope, 0.0);
}

TEST(FitCalibrationTest, NothingToFitIsTheIdentity) {
  EXPECT_EQ(FitCalibration({}).slope, 1.0);
  EXPECT_EQ(FitCalibration({}).offset, 0.0);
}

TEST(CrossFittedCalibrationErrorTest, IsSmallWhereTheFormIsRight) {
  EXPECT_LT(CrossFittedCalibrationError(Logits(0.7, 0.3, 2'000), 10), 0.01);
}

}  // namespace
}  // namespace routellm::training
