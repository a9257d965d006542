#include "evaluation/loss_bound.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace routellm::evaluation {
namespace {

// How often 2000 samples of `size` losses, each 1, -1 or else 0 with the given probabilities,
// reject that their mean is above `limit`.
double RejectionRate(LossBound bound, std::size_t size, double plus, double minus, double limit,
                     double error_rate) {
  std::mt19937_64 random(17);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  int rejections = 0;
  for (int i = 0; i < 2000; ++i) {
    std::vector<double> losses(size);
    for (double& loss : losses) {
      const double draw = uniform(random);
      loss = draw < plus ? 1.0 : draw < plus + minus ? -1.0 : 0.0;
    }
    rejections += RejectsMeanAbove(limit, losses, error_rate, bound) ? 1 : 0;
  }
  return rejections / 2000.0;
}

TEST(RejectsMeanAboveTest, ErrsNoMoreOftenThanItMay) {
  // The mean is the limit itself. 0.015: three standard deviations of 2000 draws at 0.05.
  for (const std::size_t size : {50U, 300U, 2000U}) {
    EXPECT_LE(RejectionRate(LossBound::kBetting, size, 0.07, 0.05, 0.02, 0.05), 0.065);
    EXPECT_LE(RejectionRate(LossBound::kBetting, size, 0.02, 0.0, 0.02, 0.05), 0.065);
    EXPECT_LE(RejectionRate(LossBound::kHoeffdingBentkus, size, 0.02, 0.0, 0.02, 0.05), 0.065);
  }
}

TEST(RejectsMeanAboveTest, BettingSeesSmallerDistances) {
  const double betting = RejectionRate(LossBound::kBetting, 2000, 0.01, 0.0, 0.02, 0.05);
  EXPECT_GT(betting, 0.7);
  // A net loss of 0 that the one-sided bound cannot see.
  EXPECT_GT(RejectionRate(LossBound::kBetting, 2000, 0.05, 0.05, 0.02, 0.05), 0.5);
}

TEST(RejectsMeanAboveTest, HoeffdingBentkusAgreesWithTheFormula) {
  // Of 149 losses of 0 the p-value is 0.98^149 = 0.0493, of 148 it is 0.0503 (Hoeffding's part).
  EXPECT_TRUE(
      RejectsMeanAbove(0.02, std::vector<double>(149, 0.0), 0.05, LossBound::kHoeffdingBentkus));
  EXPECT_FALSE(
      RejectsMeanAbove(0.02, std::vector<double>(148, 0.0), 0.05, LossBound::kHoeffdingBentkus));
  // 30 of 1000 at limit 0.05: exp(-1000 h(0.03, 0.05)) = 0.00714 and e P(Bin <= 30) = 0.00372.
  std::vector<double> losses(1000, 0.0);
  std::fill_n(losses.begin(), 30, 1.0);
  EXPECT_TRUE(RejectsMeanAbove(0.05, losses, 0.0045, LossBound::kHoeffdingBentkus));
  EXPECT_FALSE(RejectsMeanAbove(0.05, losses, 0.0030, LossBound::kHoeffdingBentkus));
}

TEST(ObservationsNeededTest, NoneWhereTheMeanIsNotBelowTheLimit) {
  const std::vector<double> losses = {0.0, 0.1};
  for (const LossBound bound : {LossBound::kBetting, LossBound::kHoeffdingBentkus}) {
    EXPECT_FALSE(ObservationsNeeded(0.05, losses, 0.05, bound));
    EXPECT_FALSE(ObservationsNeeded(0.04, losses, 0.05, bound));
    EXPECT_TRUE(ObservationsNeeded(0.06, losses, 0.05, bound));
  }
}

TEST(ObservationsNeededTest, SoManyDo) {
  EXPECT_EQ(
      ObservationsNeeded(0.02, std::vector<double>(7, 0.0), 0.05, LossBound::kHoeffdingBentkus),
      149U);
  // 1 loss in 100: as many copies of that as are needed reject, half of them do not.
  std::vector<double> profile(100, 0.0);
  profile[50] = 1.0;
  const auto needed = ObservationsNeeded(0.03, profile, 0.05, LossBound::kBetting);
  ASSERT_TRUE(needed);
  const auto copies = [&](std::size_t size) {
    std::vector<double> losses(size);
    for (std::size_t i = 0; i < size; ++i) losses[i] = profile[i % 100];
    return losses;
  };
  EXPECT_TRUE(RejectsMeanAbove(0.03, copies(*needed * 3 / 2), 0.05, LossBound::kBetting));
  EXPECT_FALSE(RejectsMeanAbove(0.03, copies(*needed / 2), 0.05, LossBound::kBetting));
}

}  // namespace
}  // namespace routellm::evaluation
