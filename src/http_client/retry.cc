#include "http_client/retry.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>
#include <random>
#include <string>
#include <thread>

namespace routellm::http_client {
namespace {

using std::chrono::milliseconds;

milliseconds Backoff(const RetryPolicy& policy, int retry, double uniform) {
  const double ceiling =
      std::min(static_cast<double>(policy.max_backoff.count()),
               std::ldexp(static_cast<double>(policy.first_backoff.count()), retry));
  return milliseconds(std::llround(ceiling * uniform));
}

// How long to wait before retry number `retry`, counted from 0; nothing if there is to be none.
std::optional<milliseconds> Delay(const RetryPolicy& policy, const RetryWorld& world, int retry,
                                  const Result<Response>& outcome) {
  const milliseconds backoff = Backoff(policy, retry, world.uniform());
  const auto header = outcome ? outcome->Find("retry-after") : std::nullopt;
  const auto asked = header ? ParseRetryAfter(*header, world.now()) : std::nullopt;
  if (!asked) return backoff;
  if (*asked > policy.max_retry_after) return std::nullopt;
  return *asked + backoff;
}

double Uniform() {
  thread_local std::mt19937_64 generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(generator);
}

bool Wait(milliseconds time, const std::atomic<bool>& cancelled) {
  constexpr milliseconds kSlice{50};
  const auto end = std::chrono::steady_clock::now() + time;
  while (!cancelled) {
    const auto left = end - std::chrono::steady_clock::now();
    if (left.count() <= 0) return true;
    std::this_thread::sleep_for(std::min<std::chrono::steady_clock::duration>(left, kSlice));
  }
  return false;
}

}  // namespace

RetryWorld SystemRetryWorld(const std::atomic<bool>& cancelled) {
  return {.now = &std::chrono::system_clock::now,
          .uniform = &Uniform,
          .wait = [&cancelled](milliseconds time) { return Wait(time, cancelled); }};
}

bool IsRetryable(const Result<Response>& outcome) {
  if (!outcome) {
    return outcome.error().code == ErrorCode::kUpstreamUnavailable ||
           outcome.error().code == ErrorCode::kUpstreamTimeout;
  }
  const int status = outcome->status;
  return status == 408 || status == 429 ||
         (status >= 500 && status < 600 && status != 501 && status != 505);
}

std::optional<milliseconds> ParseRetryAfter(std::string_view value,
                                            std::chrono::system_clock::time_point now) {
  std::uint32_t seconds = 0;
  const char* end = value.data() + value.size();
  const auto [stop, problem] = std::from_chars(value.data(), end, seconds);
  if (problem == std::errc() && stop == end) return std::chrono::seconds(seconds);
  if (value.find(':') == std::string_view::npos) return std::nullopt;  // a date has a time of day
  const std::time_t date = curl_getdate(std::string(value).c_str(), nullptr);
  if (date == -1) return std::nullopt;
  const auto pause = std::chrono::system_clock::from_time_t(date) - now;
  return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(pause));
}

Result<Response> Retry(const RetryPolicy& policy, const RetryWorld& world,
                       const std::function<Result<Response>()>& attempt) {
  for (int retry = 0;; ++retry) {
    auto outcome = attempt();
    if (retry + 1 >= policy.attempts || !IsRetryable(outcome)) return outcome;
    const auto delay = Delay(policy, world, retry, outcome);
    if (!delay) return outcome;
    if (!world.wait(*delay)) return Fail(ErrorCode::kCancelled, "interrupted");
  }
}

}  // namespace routellm::http_client
