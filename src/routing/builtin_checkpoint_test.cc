#include "routing/builtin_checkpoint.h"

#include <gtest/gtest.h>

#include "routing/mf_checkpoint.h"

namespace routellm::routing {
namespace {

TEST(BuiltinCheckpointTest, IsValidAndSmallEnough) {
  EXPECT_LE(BuiltinMfCheckpoint().size(), 8u * 1024 * 1024);
  const auto checkpoint = ParseMfCheckpoint(BuiltinMfCheckpoint(), "built-in");
  ASSERT_TRUE(checkpoint) << checkpoint.error().ToString();
  EXPECT_EQ(checkpoint->win_rate_percentiles.size(), MfCheckpoint::kPercentiles);
}

}  // namespace
}  // namespace routellm::routing
