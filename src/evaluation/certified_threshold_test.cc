#include "evaluation/certified_threshold.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace routellm::evaluation {
namespace {

// Queries whose losses are known: with win rate u, uniform on [0, 1), the strong model alone is
// right with probability 0.02 + 0.3 u^2, the weak one alone with probability 0.04.
class Traffic {
 public:
  explicit Traffic(std::uint64_t seed) : random_(seed) {}

  std::vector<LabelledQuery> Sample(std::size_t size) {
    std::vector<LabelledQuery> sample(size);
    for (LabelledQuery& query : sample) {
      query.win_rate = uniform_(random_);
      const double draw = uniform_(random_);
      const double strong_alone = 0.02 + 0.3 * query.win_rate * query.win_rate;
      query.strong = draw < strong_alone ? 1.0 : 0.0;
      query.weak = draw >= strong_alone && draw < strong_alone + 0.04 ? 1.0 : 0.0;
    }
    return sample;
  }

  // What threshold t loses on this traffic: the integral of the difference from 0 to t.
  static double Loss(double t) { return 0.1 * t * t * t - 0.02 * t; }
  // What it loses where the weak model's gains do not count.
  static double OneSidedLoss(double t) { return 0.1 * t * t * t + 0.02 * t; }

 private:
  std::mt19937_64 random_;
  std::uniform_real_distribution<double> uniform_{0.0, 1.0};
};

double Certified(const std::vector<LabelledQuery>& sample, double max_loss, double confidence,
                 LossBound bound = LossBound::kBetting) {
  const auto result = CertifyThreshold(
      sample, {.max_quality_loss = max_loss, .confidence = confidence, .bound = bound});
  EXPECT_TRUE(result) << result.error().ToString();
  return result->certified ? result->certified->threshold.value() : 0.0;
}

// How often, of 500 samples, the certified threshold loses more than it may.
double ViolationRate(double max_loss, double confidence, LossBound bound, double (*loss)(double)) {
  constexpr int kSamples = 500;
  Traffic traffic(42);
  int violations = 0;
  for (int i = 0; i < kSamples; ++i) {
    const double threshold = Certified(traffic.Sample(600), max_loss, confidence, bound);
    if (loss(threshold) > max_loss) ++violations;
  }
  return violations / static_cast<double>(kSamples);
}

TEST(CertifyThresholdTest, TheGuaranteeHolds) {
  for (const double max_loss : {0.01, 0.03}) {
    for (const double confidence : {0.8, 0.95}) {
      const double error_rate = 1.0 - confidence;
      // Three standard deviations of the rate that 500 samples show.
      const double slack = 3.0 * std::sqrt(error_rate * confidence / 500.0);
      EXPECT_LE(ViolationRate(max_loss, confidence, LossBound::kBetting, &Traffic::Loss),
                error_rate + slack);
      EXPECT_LE(
          ViolationRate(max_loss, confidence, LossBound::kHoeffdingBentkus, &Traffic::OneSidedLoss),
          error_rate + slack);
    }
  }
}

TEST(CertifyThresholdTest, ComesNearTheBestThresholdWithMoreData) {
  // Loss(t) = 0.02 at t = 0.6947: with unlimited data.
  Traffic traffic(7);
  double few = 0.0;
  double many = 0.0;
  for (int i = 0; i < 20; ++i) {
    few += Certified(traffic.Sample(500), 0.02, 0.95) / 20;
    many += Certified(traffic.Sample(20'000), 0.02, 0.95) / 20;
  }
  EXPECT_GT(few, 0.3);
  EXPECT_GT(many, few + 0.1);
  EXPECT_NEAR(many, 0.68, 0.05);
}

TEST(CertifyThresholdTest, ALargerAllowanceNeverCostsStrongCalls) {
  Traffic traffic(3);
  for (const LossBound bound : {LossBound::kBetting, LossBound::kHoeffdingBentkus}) {
    for (int i = 0; i < 10; ++i) {
      const auto sample = traffic.Sample(800);
      double before = 0.0;
      for (const double max_loss : {0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.3}) {
        const double threshold = Certified(sample, max_loss, 0.95, bound);
        EXPECT_GE(threshold, before);
        before = threshold;
      }
      EXPECT_GE(Certified(sample, 0.02, 0.8, bound), Certified(sample, 0.02, 0.99, bound));
    }
  }
}

TEST(CertifyThresholdTest, TellsWhatTheThresholdDoesToTheSample) {
  Traffic traffic(5);
  const auto sample = traffic.Sample(3000);
  const auto result = CertifyThreshold(sample, {});
  ASSERT_TRUE(result && result->certified);
  double strong = 0.0;
  double loss = 0.0;
  double weak_loss = 0.0;
  for (const LabelledQuery& query : sample) {
    const bool is_strong = query.win_rate >= result->certified->threshold.value();
    strong += is_strong ? 1.0 : 0.0;
    loss += is_strong ? 0.0 : query.strong - query.weak;
    weak_loss += query.strong - query.weak;
  }
  EXPECT_NEAR(result->certified->strong_share, strong / 3000, 1e-12);
  EXPECT_NEAR(result->certified->loss, loss / 3000, 1e-12);
  EXPECT_NEAR(result->always_weak.loss, weak_loss / 3000, 1e-12);
  EXPECT_EQ(result->always_weak.strong_share, 0.0);
  EXPECT_LT(result->certified->loss, 0.02);
}

TEST(CertifyThresholdTest, TheOrderOfAFileDoesNotDecide) {
  // Sorted by outcome, as a file may be by subject: the bets must not learn from that.
  Traffic traffic(11);
  auto sample = traffic.Sample(2000);
  const double as_drawn = Certified(sample, 0.02, 0.95);
  std::sort(sample.begin(), sample.end(), [](const LabelledQuery& a, const LabelledQuery& b) {
    return a.strong - a.weak < b.strong - b.weak;
  });
  EXPECT_NEAR(Certified(sample, 0.02, 0.95), as_drawn, 0.1);
}

TEST(CertifyThresholdTest, TiesGoTogether) {
  // One win rate for all: the weak model answers all queries or none.
  const std::vector<LabelledQuery> harmless(1000, {0.6, 1.0, 1.0});
  const auto all = CertifyThreshold(harmless, {});
  ASSERT_TRUE(all && all->certified);
  EXPECT_EQ(all->certified->strong_share, 0.0);
  const std::vector<LabelledQuery> harmful(1000, {0.6, 1.0, 0.0});
  const auto none = CertifyThreshold(harmful, {});
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->certified);
  EXPECT_FALSE(none->estimate) << "no number of labels helps";
  EXPECT_EQ(none->always_weak.loss, 1.0);
}

TEST(CertifyThresholdTest, WinRatesOfOneStayWithTheStrongModel) {
  const std::vector<LabelledQuery> sample(1000, {1.0, 1.0, 1.0});
  const auto result = CertifyThreshold(sample, {});
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->certified);
  EXPECT_FALSE(result->estimate);
}

TEST(CertifyThresholdTest, AModelThatIsNeverWorseIsTakenForEverything) {
  const std::vector<LabelledQuery> sample(1000, {0.3, 0.5, 0.9});
  const auto result = CertifyThreshold(sample, {});
  ASSERT_TRUE(result && result->certified);
  EXPECT_EQ(result->certified->threshold.value(), 1.0);
  EXPECT_NEAR(result->certified->loss, -0.4, 1e-12);
}

TEST(CertifyThresholdTest, TooFewLabelsSayHowManyMightDo) {
  const std::vector<LabelledQuery> one = {{0.5, 1.0, 1.0}};
  const auto result = CertifyThreshold(one, {});
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->certified);
  ASSERT_TRUE(result->estimate);
  // Without any loss, wealth grows by 1 + 0.75 * 0.02 a query up to 20.
  EXPECT_EQ(result->estimate->labels, 202U);
  EXPECT_FALSE(CertifyThreshold(std::vector<LabelledQuery>(201, one[0]), {})->certified);
  // A few more, since the first bets are smaller.
  EXPECT_TRUE(CertifyThreshold(std::vector<LabelledQuery>(210, one[0]), {})->certified);

  Traffic traffic(13);
  const auto few = CertifyThreshold(traffic.Sample(100), {});
  ASSERT_TRUE(few && few->estimate);
  EXPECT_FALSE(few->certified);
  const auto enough = CertifyThreshold(traffic.Sample(few->estimate->labels * 4), {});
  EXPECT_TRUE(enough->certified);
}

TEST(CertifyThresholdTest, RefusesWhatItCannotCertify) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<LabelledQuery> good(10, {0.5, 1.0, 1.0});
  EXPECT_EQ(CertifyThreshold({}, {}).error().code, ErrorCode::kInvalidData);
  for (const LabelledQuery bad : {LabelledQuery{kNan, 1.0, 1.0}, LabelledQuery{0.5, kNan, 1.0},
                                  LabelledQuery{0.5, 1.0, 1.5}, LabelledQuery{-0.1, 1.0, 1.0}}) {
    auto sample = good;
    sample.push_back(bad);
    EXPECT_EQ(CertifyThreshold(sample, {}).error().code, ErrorCode::kInvalidData);
  }
  for (const double value : {0.0, 1.0, -0.1, 2.0, kNan}) {
    EXPECT_EQ(CertifyThreshold(good, {.max_quality_loss = value}).error().code,
              ErrorCode::kInvalidRequest);
    EXPECT_EQ(CertifyThreshold(good, {.confidence = value}).error().code,
              ErrorCode::kInvalidRequest);
  }
}

}  // namespace
}  // namespace routellm::evaluation
