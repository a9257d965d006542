#include "routing/bert_router.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "routing/registry.h"

namespace routellm::routing {
namespace {

double WinRateOf(const std::vector<float>& logits) {
  const auto win_rate = BertRouter().Score({}, std::span<const float>(logits));
  return win_rate ? win_rate->value() : -1.0;
}

TEST(BertRouterTest, TheWinRateIsTheProbabilityOfTheFirstLabel) {
  EXPECT_NEAR(WinRateOf({0, 0, 0}), 1.0 / 3, 1e-12);
  EXPECT_NEAR(WinRateOf({1, 2, 3}), 1 / (1 + std::exp(1.0) + std::exp(2.0)), 1e-9);
  EXPECT_NEAR(WinRateOf({2, -1, -1}), 1 / (1 + 2 * std::exp(-3.0)), 1e-9);
  EXPECT_EQ(WinRateOf({1e4F, 0, 0}), 1.0);
  EXPECT_EQ(WinRateOf({-1e4F, 0, 0}), 0.0);
  EXPECT_EQ(WinRateOf({std::numeric_limits<float>::quiet_NaN(), 0, 0}), 1.0);
}

TEST(BertRouterTest, NeedsLogitsOfThreeLabels) {
  EXPECT_EQ(WinRateOf({1, 2}), -1.0);
  EXPECT_FALSE(BertRouter().Score({}, {}));
  EXPECT_EQ(BertRouter().Info().evidence, EvidenceKind::kLogits);
}

TEST(BertRouterTest, NeedsACheckpoint) {
  EXPECT_EQ(MakeRouter("bert", {}).error().code, ErrorCode::kInvalidRequest);
}

}  // namespace
}  // namespace routellm::routing
