#include "evaluation/evaluate.h"

#include <gmock/gmock.h>

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
  ASSERT_TRUE(result.routers[0].intervals.apgr);
  EXPECT_LE(result.routers[0].intervals.apgr->low, 0.5);
  EXPECT_GE(result.routers[0].intervals.apgr->high, 0.5);
  EXPECT_NEAR(*result.routers[0].metrics.apgr, 0.5, 0.05);
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
  EXPECT_GT(*result.optimum_metrics.apgr, *result.routers[0].metrics.apgr);
  EXPECT_GT(*result.routers[0].metrics.apgr, *result.routers[1].metrics.apgr);
  EXPECT_DOUBLE_EQ(result.pair.weak, result.optimum.front().quality);
}

}  // namespace
}  // namespace routellm::evaluation
