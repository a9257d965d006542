#include "routing/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace routellm::routing {
namespace {

Result<Threshold> For(std::vector<double> table, double share) {
  RouterInfo info;
  info.strong_model = "large";
  info.weak_model = "small";
  info.win_rate_quantiles = std::move(table);
  return ThresholdFor(info, *StrongShare::Create(share));
}

TEST(ThresholdForTest, IsTheQuantileThatTheShareReaches) {
  EXPECT_DOUBLE_EQ(For({0.0, 0.2, 0.8, 0.9, 1.0}, 0.5)->value(), 0.8);
  EXPECT_DOUBLE_EQ(For({0.0, 0.2, 0.8, 0.9, 1.0}, 0.625)->value(), 0.5) << "half-way between two";
  EXPECT_DOUBLE_EQ(For({0.0, 1.0}, 0.25)->value(), 0.75);
  EXPECT_NEAR(For({0.4, 0.6}, 1e-12)->value(), 0.6, 1e-9);
  EXPECT_NEAR(For({0.4, 0.6}, 1 - 1e-12)->value(), 0.4, 1e-9);
}

TEST(ThresholdForTest, AMissingTableIsAnErrorThatSaysWhatToDo) {
  const auto threshold = For({}, 0.5);
  ASSERT_FALSE(threshold);
  EXPECT_EQ(threshold.error().code, ErrorCode::kInvalidRequest);
  EXPECT_THAT(threshold.error().public_message,
              ::testing::AllOf(::testing::HasSubstr("large over small"),
                               ::testing::HasSubstr("routellm calibrate --input")));
  RouterInfo info;
  info.name = "exec";
  EXPECT_THAT(ThresholdFor(info, *StrongShare::Create(0.5)).error().public_message,
              ::testing::HasSubstr("the router exec has no calibration table: "));
}

}  // namespace
}  // namespace routellm::routing
