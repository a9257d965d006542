#include "http_client/bearer.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace routellm::http_client {
namespace {

constexpr const char* kVariable = "ROUTELLM_BEARER_TEST_KEY";

TEST(BearerTest, TakesTheKeyFromTheEnvironment) {
  setenv(kVariable, " sk-123\n", 1);
  const auto header = BearerFromEnvironment(kVariable);
  ASSERT_TRUE(header) << header.error().ToString();
  EXPECT_EQ(header->name, "authorization");
  EXPECT_EQ(header->value, "Bearer sk-123");
}

TEST(BearerTest, RefusesWhatIsNoKeyWithoutShowingIt) {
  for (const char* bad : {"", " ", "two words", "sk\r\nx-evil: 1", "schl\xC3\xBCssel"}) {
    setenv(kVariable, bad, 1);
    const auto header = BearerFromEnvironment(kVariable);
    ASSERT_FALSE(header) << bad;
    EXPECT_EQ(header.error().code, ErrorCode::kInvalidRequest);
    EXPECT_EQ(header.error().detail, kVariable);
  }
  unsetenv(kVariable);
  EXPECT_FALSE(BearerFromEnvironment(kVariable));
}

}  // namespace
}  // namespace routellm::http_client
