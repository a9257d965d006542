#include "http_client/retry.h"

#include <gtest/gtest.h>

#include <vector>

namespace routellm::http_client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// 6 November 1994, 08:49:37 UTC: the example of RFC 9110.
const auto kNow = std::chrono::system_clock::from_time_t(784111777);

class RetryTest : public ::testing::Test {
 protected:
  // The outcomes one after the other; a negative status stands for no connection.
  Result<Response> Run(std::vector<Response> outcomes) {
    attempts_ = 0;
    waits_.clear();
    return Retry(policy_, world_, [&]() -> Result<Response> {
      Response outcome = outcomes.at(attempts_++);
      if (outcome.status < 0) return Fail(ErrorCode::kUpstreamUnavailable, "gone");
      return outcome;
    });
  }

  RetryPolicy policy_{.attempts = 4,
                      .first_backoff = milliseconds(100),
                      .max_backoff = milliseconds(300),
                      .max_retry_after = seconds(60)};
  std::vector<milliseconds> waits_;
  bool wait_ends_ = true;
  std::size_t attempts_ = 0;
  RetryWorld world_{.now = [] { return kNow; },
                    .uniform = [] { return 0.5; },
                    .wait =
                        [this](milliseconds time) {
                          waits_.push_back(time);
                          return wait_ends_;
                        }};
};

TEST_F(RetryTest, WaitsLongerEachTimeAndGivesTheLastOutcome) {
  const auto outcome = Run({{-1, {}, {}}, {503, {}, {}}, {429, {}, {}}, {500, {}, {}}});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->status, 500);
  EXPECT_EQ(attempts_, 4U);
  EXPECT_EQ(waits_, (std::vector{milliseconds(50), milliseconds(100), milliseconds(150)}));
}

TEST_F(RetryTest, StopsAtTheFirstOutcomeThatIsFinal) {
  EXPECT_EQ(Run({{408, {}, {}}, {200, {}, {}}})->status, 200);
  EXPECT_EQ(attempts_, 2U);
  for (const int status : {200, 206, 301, 400, 401, 404, 416, 501, 505}) {
    EXPECT_EQ(Run({{status, {}, {}}})->status, status);
    EXPECT_EQ(attempts_, 1U);
  }
  EXPECT_FALSE(IsRetryable(Fail(ErrorCode::kInvalidData, "")));
  EXPECT_FALSE(IsRetryable(Fail(ErrorCode::kCancelled, "")));
  EXPECT_TRUE(IsRetryable(Fail(ErrorCode::kUpstreamTimeout, "")));
}

TEST_F(RetryTest, WaitsForWhatTheServerAsks) {
  EXPECT_EQ(Run({{429, {{"Retry-After", "7"}}, {}}, {200, {}, {}}})->status, 200);
  EXPECT_EQ(waits_, std::vector{milliseconds(7050)});
  EXPECT_EQ(
      Run({{503, {{"retry-after", "Sun, 06 Nov 1994 08:49:40 GMT"}}, {}}, {200, {}, {}}})->status,
      200);
  EXPECT_EQ(waits_, std::vector{milliseconds(3050)});
  EXPECT_EQ(Run({{429, {{"retry-after", "61"}}, {}}})->status, 429);
  EXPECT_TRUE(waits_.empty());
}

TEST_F(RetryTest, EndsWhenTheWaitIsCancelled) {
  wait_ends_ = false;
  const auto outcome = Run({{429, {}, {}}, {200, {}, {}}});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(attempts_, 1U);
}

TEST(ParseRetryAfterTest, TakesSecondsAndDates) {
  EXPECT_EQ(ParseRetryAfter("0", kNow), seconds(0));
  EXPECT_EQ(ParseRetryAfter("120", kNow), seconds(120));
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:49:38 GMT", kNow), seconds(1));
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:49:37 GMT", kNow + milliseconds(1)), seconds(0));
  for (const char* bad : {"", "-1", "1.5", "7 seconds", "soon", "Nov 1994", "99999999999"}) {
    EXPECT_EQ(ParseRetryAfter(bad, kNow), std::nullopt) << bad;
  }
}

TEST(SystemRetryWorldTest, WaitsUntilItIsCancelled) {
  std::atomic<bool> cancelled = false;
  const RetryWorld world = SystemRetryWorld(cancelled);
  EXPECT_TRUE(world.wait(milliseconds(1)));
  cancelled = true;
  EXPECT_FALSE(world.wait(std::chrono::hours(1)));
  const double uniform = world.uniform();
  EXPECT_TRUE(uniform >= 0 && uniform < 1);
}

}  // namespace
}  // namespace routellm::http_client
