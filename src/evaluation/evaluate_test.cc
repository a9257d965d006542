#include "evaluation/evaluate.h"

#include <gmock/gmock.h>

#include <cmath>

#include "evaluation/score_prompts.h"

namespace routellm::evaluation {
namespace {

constexpr std::size_t kQueries = 2000;

PairOutcomes MixedOutcomes() {
  PairOutcomes outcomes;
  for (std::size_t i = 0; i < kQueries; ++i) {
    outcomes.weak.push_back(i * 7 % 10 < 6 ? 100 : 0);
    outcomes.strong.push_back(i * 3 % 11 < 9 ? 100 : 0);
  }
  return outcomes;
}

TEST(EvaluateTest, RandomLiesWithinItsIntervalOfOneHalf) {
  Candidate random{"random", {}};
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    random.repetitions.push_back(RandomScores(seed, kQueries));
  }
  const Evaluation result = Evaluate(MixedOutcomes(), std::vector{random}, {});
  ASSERT_TRUE(result.routers[0].intervals[Metric::kApgr]);
  EXPECT_LE(result.routers[0].intervals[Metric::kApgr]->low, 0.5);
  EXPECT_GE(result.routers[0].intervals[Metric::kApgr]->high, 0.5);
  EXPECT_NEAR(*result.routers[0].metrics[Metric::kApgr], 0.5, 0.05);
  EXPECT_EQ(result.routers[0].curve.size(), 11U);
}

TEST(EvaluateTest, ARouterThatKnowsTheAnswersIsBelowTheOptimumAndAboveItsOpposite) {
  const PairOutcomes outcomes = MixedOutcomes();
  Candidate knowing{"knowing", {{}}};
  Candidate opposite{"opposite", {{}}};
  for (std::size_t i = 0; i < kQueries; ++i) {
    knowing.repetitions[0].push_back(outcomes.strong[i] - outcomes.weak[i]);
    opposite.repetitions[0].push_back(outcomes.weak[i] - outcomes.strong[i]);
  }
  const Evaluation result = Evaluate(outcomes, std::vector{knowing, opposite}, {});
  EXPECT_EQ(result.routers[1].name, "opposite");
  EXPECT_GT(*result.optimum_metrics[Metric::kApgr], *result.routers[0].metrics[Metric::kApgr]);
  EXPECT_GT(*result.routers[0].metrics[Metric::kApgr], *result.routers[1].metrics[Metric::kApgr]);
  EXPECT_DOUBLE_EQ(result.pair.weak, result.optimum.front().quality);
}

TEST(EvaluateTest, EveryScoreAsAThresholdShowsWhatBinsHide) {
  // The strong model is needed by the second query of each four; the scores say so within each bin.
  PairOutcomes outcomes{.weak = {}, .strong = {}, .scale = 100};
  Candidate router{"fine", {{}}};
  for (int i = 0; i < 400; ++i) {
    outcomes.weak.push_back(i % 4 == 1 ? 0 : 1);
    outcomes.strong.push_back(1);
    router.repetitions[0].push_back(400 - i);
  }
  const Evaluation result = Evaluate(outcomes, std::vector{router}, {.bins = 10});
  EXPECT_EQ(result.routers[0].curve.size(), 11U);
  EXPECT_EQ(result.routers[0].full.size(), 401U);
  EXPECT_NEAR(*result.routers[0].metrics[Metric::kApgr], 0.5, 1e-9);
  EXPECT_NEAR(*result.routers[0].metrics[Metric::kFullApgr], 0.5 + 0.5 / 400, 1e-9);
}

TEST(EvaluateTest, MetricsDoNotDependOnTheScaleOfScores) {
  const PairOutcomes outcomes = MixedOutcomes();
  Candidate plain{"plain", {RandomScores(3, kQueries)}};
  Candidate risen{"risen", {{}}};
  for (const double score : plain.repetitions[0]) {
    risen.repetitions[0].push_back(std::exp(20 * score));
  }
  const Evaluation result = Evaluate(outcomes, std::vector{plain, risen}, {.bins = 1});
  EXPECT_EQ(result.routers[0].metrics[Metric::kFullApgr],
            result.routers[1].metrics[Metric::kFullApgr]);
}

TEST(OperateTest, ReadsTheCurveAtAThreshold) {
  const PairOutcomes outcomes{.weak = {0, 0, 0, 0}, .strong = {1, 1, 1, 1}, .scale = 100};
  const Candidate router{"router", {{0.1, 0.5, 0.5, 0.9}}};
  const EvaluateOptions options{.prices = {.weak = 2, .strong = 10}};
  const OperatingPoint point = Operate(outcomes, router, 0.5, options);
  EXPECT_DOUBLE_EQ(point.strong_share, 75);
  EXPECT_DOUBLE_EQ(point.quality, 75);
  EXPECT_DOUBLE_EQ(point.cost, 8);
  EXPECT_LT(point.quality_interval.low, 75);
  EXPECT_DOUBLE_EQ(Operate(outcomes, router, 0.95, options).strong_share, 0);
  EXPECT_DOUBLE_EQ(Operate(outcomes, router, -1, options).strong_share, 100);
}

}  // namespace
}  // namespace routellm::evaluation
