#include "routing/random_router.h"

#include <gtest/gtest.h>

#include <vector>

namespace routellm::routing {
namespace {

std::vector<double> Draw(const RandomRouter& router, int count) {
  std::vector<double> values;
  for (int i = 0; i < count; ++i) values.push_back(router.Score({"any"}, {})->value());
  return values;
}

TEST(RandomRouterTest, SeedsMakeSequences) {
  EXPECT_EQ(Draw(RandomRouter(7), 100), Draw(RandomRouter(7), 100));
  EXPECT_NE(Draw(RandomRouter(7), 100), Draw(RandomRouter(8), 100));
  EXPECT_NE(Draw(RandomRouter(std::nullopt), 100), Draw(RandomRouter(std::nullopt), 100));
}

TEST(RandomRouterTest, KnowsItsThresholds) {
  const RandomRouter router(1);
  EXPECT_DOUBLE_EQ(ThresholdFor(router.Info(), *StrongShare::Create(0.3))->value(), 0.7);
}

TEST(RandomRouterTest, IsUniform) {
  constexpr int kDraws = 100'000;
  std::vector<int> deciles(10);
  for (const double value : Draw(RandomRouter(1), kDraws)) {
    ASSERT_GE(value, 0.0);
    ASSERT_LT(value, 1.0);
    ++deciles[static_cast<std::size_t>(value * 10)];
  }
  for (const int count : deciles) EXPECT_NEAR(count, kDraws / 10, 500);  // five standard deviations
}

}  // namespace
}  // namespace routellm::routing
