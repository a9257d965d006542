#include "evaluation/calibration.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace routellm::evaluation {
namespace {

CalibratedThreshold For(std::vector<double> win_rates, double share) {
  std::sort(win_rates.begin(), win_rates.end());
  return ThresholdForShare(win_rates, *StrongShare::Create(share));
}

TEST(ThresholdForShareTest, IsPandasQuantile) {
  // pandas.Series([...]).quantile(q=1 - share)
  EXPECT_DOUBLE_EQ(For({0.1, 0.2, 0.3, 0.4}, 0.5).threshold.value(), 0.25);
  EXPECT_DOUBLE_EQ(For({0.1, 0.2, 0.3, 0.4}, 0.25).threshold.value(), 0.325);
  EXPECT_DOUBLE_EQ(For({0.1, 0.2, 0.3, 0.4}, 0.9).threshold.value(), 0.13);
  EXPECT_EQ(For({0.1, 0.2, 0.3, 0.4}, 0.5).strong, 2U);
}

TEST(ThresholdForShareTest, FiveDecimalsIfTheyDo) {
  EXPECT_EQ(For({0.1, 0.2}, 0.5).decimals, 5);
  // 0.123456 rounds up to 0.12346, which it does not reach itself.
  const auto close = For({0.123456, 0.123456, 0.123456}, 0.5);
  EXPECT_EQ(close.decimals, 6);
  EXPECT_EQ(close.strong, 3U);
  const double third = 1.0 / 3.0;
  EXPECT_EQ(For({third, third}, 0.5).strong, 2U);
  EXPECT_EQ(For({0.0, 1e-20}, 0.5).strong, 1U);
}

TEST(ThresholdForShareTest, WithoutTiesTheShareIsReached) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> uniform(0.5, 0.7);
  for (const std::size_t size : {1U, 2U, 10U, 1000U, 100'000U}) {
    std::vector<double> win_rates(size);
    for (double& win_rate : win_rates) win_rate = uniform(random);
    for (const double share : {0.001, 0.2, 0.5, 0.77, 0.999}) {
      const auto chosen = For(win_rates, share);
      const auto count = std::count_if(win_rates.begin(), win_rates.end(), [&](double win_rate) {
        return Decide(WinRate::Clamped(win_rate), chosen.threshold) == Choice::kStrong;
      });
      EXPECT_EQ(static_cast<std::size_t>(count), chosen.strong);
      EXPECT_NEAR(static_cast<double>(count), share * static_cast<double>(size), 1.0);
    }
  }
}

TEST(ThresholdForShareTest, TiesGoToTheStrongModelTogether) {
  EXPECT_EQ(For({0.2, 0.6, 0.6, 0.6}, 0.25).strong, 3U);
  EXPECT_EQ(For({0.5}, 0.3).strong, 1U);
}

}  // namespace
}  // namespace routellm::evaluation
