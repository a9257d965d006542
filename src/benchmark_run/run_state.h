// How far a run is, what it has cost, and whether it goes on. Shared by all that work on it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "benchmark_run/chat_api.h"
#include "core/error.h"

namespace routellm::benchmark_run {

// USD for a million tokens.
struct TokenPrice {
  double input = 0.0;
  double output = 0.0;

  [[nodiscard]] double Usd(const TokenUsage& usage) const {
    return (static_cast<double>(usage.prompt) * input +
            static_cast<double>(usage.completion) * output) /
           1e6;
  }
};

enum class StopReason : std::uint8_t {
  kNone,
  kInterrupted,  // by the user
  kBudget,       // the most that may be spent is spent
  kRefused,      // the server would refuse every further request, or does not answer at all
};

struct RunProgress {
  std::size_t total = 0;   // replies that the run consists of
  std::size_t done = 0;    // of them there, those of earlier starts included
  std::size_t reused = 0;  // of `done`, from earlier starts
  std::size_t failed = 0;  // could not be had; a later start asks again
  TokenUsage tokens;       // of all replies, earlier starts included
  double usd = 0.0;
  std::size_t without_usage = 0;  // replies that did not state their tokens
  std::string last_failure;       // or why it stopped
  StopReason stop = StopReason::kNone;
};

// Thread-safe.
class RunState {
 public:
  // `max_usd`: see StopReason::kBudget. Requests that are under way then are waited for, so that a
  // run can cost a few replies more.
  RunState(std::size_t total, std::optional<double> max_usd);

  // Counts what earlier starts have spent.
  void AddEarlier(const TokenUsage& tokens, double usd);

  // Adds to the replies that the run consists of.
  void Expect(std::size_t more);

  void OnReused();
  // One that is not `usable` counts as failed. One that does not state its tokens stops a run that
  // may only spend so much.
  void OnReply(const ChatReply& reply, const TokenPrice& price, bool usable);
  void OnFailure(const Error& error);
  // The first reason counts.
  void Stop(StopReason reason, const std::string& why);

  // True from the first Stop on: nothing further begins.
  [[nodiscard]] const std::atomic<bool>& stopping() const { return stopping_; }
  // As well, unless the reason is kBudget: what is under way is broken off.
  [[nodiscard]] const std::atomic<bool>& cancelled() const { return cancelled_; }

  [[nodiscard]] RunProgress Progress() const;

 private:
  void StopLocked(StopReason reason, const std::string& why);

  const std::optional<double> max_usd_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> cancelled_ = false;

  mutable std::mutex mutex_;
  // Protected by mutex_.
  RunProgress progress_;
};

}  // namespace routellm::benchmark_run
