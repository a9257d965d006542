#include "evaluation/bootstrap.h"

#include <gmock/gmock.h>

#include <cmath>

namespace routellm::evaluation {
namespace {

// The strong model is right where the weak one is not in two queries out of five.
PairOutcomes FivefoldOutcomes(std::size_t count) {
  PairOutcomes outcomes;
  for (std::size_t i = 0; i < count; ++i) {
    outcomes.weak.push_back(i % 5 < 3 ? 100 : 0);
    outcomes.strong.push_back(100);
  }
  return outcomes;
}

Repetitions RouterOf(const PairOutcomes& outcomes, const std::vector<double>& scores) {
  Repetitions repetitions;
  repetitions.emplace_back(outcomes, scores, QuantileEdges(scores, 10));
  return repetitions;
}

std::vector<double> Scattered(std::size_t count) {
  std::vector<double> scores;
  for (std::size_t i = 0; i < count; ++i) {
    scores.push_back(std::fmod(static_cast<double>(i) * 0.6180339887498949, 1.0));
  }
  return scores;
}

TEST(BootstrapTest, TheIntervalHoldsTheMetricAndNarrowsWithMoreQueries) {
  double last_width = 1.0;
  for (const std::size_t count : {200U, 20000U}) {
    const PairOutcomes outcomes = FivefoldOutcomes(count);
    const std::vector<Repetitions> routers = {RouterOf(outcomes, Scattered(count))};
    const auto intervals = Bootstrap(outcomes, routers, {.resamples = 300});
    ASSERT_TRUE(intervals[0].apgr && intervals[0].cpt[1]);
    EXPECT_LT(intervals[0].apgr->low, 0.5);
    EXPECT_GT(intervals[0].apgr->high, 0.5);
    EXPECT_LT(intervals[0].cpt[1]->low, 50);
    EXPECT_GT(intervals[0].cpt[1]->high, 50);
    const double width = intervals[0].apgr->high - intervals[0].apgr->low;
    EXPECT_LT(width, last_width / 4);
    last_width = width;
  }
}

TEST(BootstrapTest, TheSeedDecides) {
  const PairOutcomes outcomes = FivefoldOutcomes(100);
  const std::vector<Repetitions> routers = {RouterOf(outcomes, Scattered(100))};
  const auto low = [&](std::uint64_t seed) {
    return Bootstrap(outcomes, routers, {.resamples = 50, .seed = seed})[0].apgr->low;
  };
  EXPECT_EQ(low(1), low(1));
  EXPECT_NE(low(1), low(2));
}

TEST(BootstrapTest, AnUndefinedMetricHasNoInterval) {
  const PairOutcomes outcomes{.weak = {1, 1, 1}, .strong = {1, 1, 1}};
  const std::vector<Repetitions> routers = {RouterOf(outcomes, {0.1, 0.2, 0.3})};
  const auto intervals = Bootstrap(outcomes, routers, {.resamples = 10});
  EXPECT_FALSE(intervals[0].apgr);
  EXPECT_FALSE(intervals[0].cpt[0]);
}

TEST(MeanCurveTest, AveragesPointByPoint) {
  const PairOutcomes outcomes{.weak = {0, 0}, .strong = {10, 20}};
  const std::vector<double> first = {0.2, 0.8};
  const std::vector<double> second = {0.8, 0.2};
  Repetitions repetitions;
  repetitions.emplace_back(outcomes, first, QuantileEdges(first, 2));
  repetitions.emplace_back(outcomes, second, QuantileEdges(second, 2));
  const Curve curve = MeanCurve(repetitions, AllQueries(outcomes));
  ASSERT_EQ(curve.size(), 3U);
  EXPECT_DOUBLE_EQ(curve[1].threshold, 0.5);
  EXPECT_DOUBLE_EQ(curve[1].strong_share, 50);
  EXPECT_DOUBLE_EQ(curve[1].quality, 7.5);
}

}  // namespace
}  // namespace routellm::evaluation
