#include "evaluation/bootstrap.h"

#include <gmock/gmock.h>

#include <atomic>

namespace routellm::evaluation {
namespace {

// Qualities with mean 1/2.
PairOutcomes Alternating(std::size_t count) {
  PairOutcomes outcomes;
  for (std::size_t i = 0; i < count; ++i) {
    outcomes.weak.push_back(static_cast<double>(i % 2));
    outcomes.strong.push_back(1.0);
  }
  return outcomes;
}

Figures WeakQuality(const Sample& sample) { return {sample.quality.weak}; }

// The standard error of the mean is known: 0.5 / sqrt(count).
TEST(BootstrapTest, TheIntervalIsThatOfTheNormalApproximation) {
  for (const std::size_t count : {400U, 40000U}) {
    const auto intervals = Bootstrap(Alternating(count), {.resamples = 2000}, WeakQuality);
    ASSERT_EQ(intervals.size(), 1U);
    ASSERT_TRUE(intervals[0]);
    const double error = 1.96 * 0.5 / std::sqrt(static_cast<double>(count));
    EXPECT_NEAR(intervals[0]->low, 0.5 - error, error / 5);
    EXPECT_NEAR(intervals[0]->high, 0.5 + error, error / 5);
  }
}

TEST(BootstrapTest, TheSeedDecides) {
  const auto low = [&](std::uint64_t seed) {
    return Bootstrap(Alternating(9999), {.resamples = 50, .seed = seed}, WeakQuality)[0]->low;
  };
  EXPECT_EQ(low(1), low(1));
  EXPECT_NE(low(1), low(2));
}

TEST(BootstrapTest, AFigureThatIsNeverDefinedHasNoInterval) {
  std::atomic<int> calls = 0;
  const auto figures = [&](const Sample&) {
    return Figures{std::nullopt, calls++ % 2 == 0 ? std::optional(7.0) : std::nullopt};
  };
  const auto intervals = Bootstrap(Alternating(10), {.resamples = 10}, figures);
  EXPECT_FALSE(intervals[0]);
  ASSERT_TRUE(intervals[1]);
  EXPECT_EQ(intervals[1]->low, 7.0);
}

}  // namespace
}  // namespace routellm::evaluation
