// When a request is worth another try, and when to make it.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

#include "core/error.h"
#include "http_client/client.h"

namespace routellm::http_client {

struct RetryPolicy {
  int attempts = 5;  // the first one included

  // Exponential back-off with full jitter: before the n-th retry a time that is uniform in
  // [0, min(max_backoff, first_backoff * 2^(n-1))].
  std::chrono::milliseconds first_backoff{500};
  std::chrono::milliseconds max_backoff{30'000};

  // A server that asks for a longer pause than this is not asked again.
  std::chrono::milliseconds max_retry_after{120'000};
};

// What Retry needs of the world. All are thread-safe; tests give their own.
struct RetryWorld {
  std::function<std::chrono::system_clock::time_point()> now;
  std::function<double()> uniform;                      // in [0, 1)
  std::function<bool(std::chrono::milliseconds)> wait;  // false if it was cut short: cancelled
};

// System clock and random numbers; `cancelled` ends a wait within a tenth of a second and outlives
// the result.
[[nodiscard]] RetryWorld SystemRetryWorld(const std::atomic<bool>& cancelled);

// Statuses 408, 429 and 5xx but 501 and 505; errors kUpstreamUnavailable and kUpstreamTimeout.
[[nodiscard]] bool IsRetryable(const Result<Response>& outcome);

// The value of a Retry-After header: seconds, or an HTTP date (RFC 9110, 5.6.7) less `now`, at
// least 0. Nothing if it is neither.
[[nodiscard]] std::optional<std::chrono::milliseconds> ParseRetryAfter(
    std::string_view value, std::chrono::system_clock::time_point now);

// Calls `attempt` until its outcome is not retryable, `policy` has no further attempt, or the wait
// is cancelled (kCancelled); returns the last outcome. A Retry-After is waited for, and the
// back-off on top of it, so that many clients do not return at once.
[[nodiscard]] Result<Response> Retry(const RetryPolicy& policy, const RetryWorld& world,
                                     const std::function<Result<Response>()>& attempt);

}  // namespace routellm::http_client
