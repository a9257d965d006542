#include "routing/causal_llm_router.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace routellm::routing {
namespace {

constexpr double kNone = -std::numeric_limits<double>::infinity();

double WinRateOf(ScoreDistribution scores) {
  const CausalLlmRouter router;
  return router.Score({.prompt = "x"}, scores)->value();
}

TEST(CausalLlmRouterTest, TheWinRateIsTheShareOfLowScores) {
  const auto log = [](double p) { return std::log(p); };
  EXPECT_NEAR(WinRateOf({{log(0.1), log(0.2), log(0.3), log(0.25), log(0.15)}}), 0.6, 1e-12);
  EXPECT_NEAR(WinRateOf({{0, 0, 0, 0, 0}}), 0.6, 1e-12);
  EXPECT_NEAR(WinRateOf({{-1000, -1000, -1000, -1000, -1000}}), 0.6, 1e-12)
      << "only differences count";
}

TEST(CausalLlmRouterTest, ScoresThatAreNotConsideredHaveNoProbability) {
  EXPECT_NEAR(WinRateOf({{kNone, kNone, std::log(0.2), std::log(0.2), kNone}}), 0.5, 1e-12);
  EXPECT_EQ(WinRateOf({{kNone, kNone, kNone, kNone, -3}}), 0.0);
  EXPECT_EQ(WinRateOf({{-2, kNone, kNone, kNone, kNone}}), 1.0);
}

TEST(CausalLlmRouterTest, WithoutAnyScoreTheStrongModelIsNeeded) {
  EXPECT_EQ(WinRateOf({{kNone, kNone, kNone, kNone, kNone}}), 1.0);
}

TEST(CausalLlmRouterTest, OtherEvidenceIsAnError) {
  const CausalLlmRouter router;
  EXPECT_FALSE(router.Score({.prompt = "x"}, {}));
  EXPECT_EQ(router.Info().evidence, EvidenceKind::kScores);
}

}  // namespace
}  // namespace routellm::routing
