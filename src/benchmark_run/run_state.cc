#include "benchmark_run/run_state.h"

#include <fmt/core.h>

namespace routellm::benchmark_run {
RunState::RunState(std::size_t total, std::optional<double> max_usd) : max_usd_(max_usd) {
  progress_.total = total;
}

void RunState::AddEarlier(const TokenUsage& tokens, double usd) {
  const std::lock_guard lock(mutex_);
  progress_.tokens.prompt += tokens.prompt;
  progress_.tokens.completion += tokens.completion;
  progress_.usd += usd;
  if (max_usd_ && progress_.usd >= *max_usd_) {
    StopLocked(StopReason::kBudget, fmt::format("earlier starts have cost ${:.4f}", progress_.usd));
  }
}

void RunState::Expect(std::size_t more) {
  const std::lock_guard lock(mutex_);
  progress_.total += more;
}

void RunState::OnReused() {
  const std::lock_guard lock(mutex_);
  ++progress_.done;
  ++progress_.reused;
}

void RunState::OnReply(const ChatReply& reply, const TokenPrice& price, bool usable) {
  const std::lock_guard lock(mutex_);
  if (usable) {
    ++progress_.done;
  } else {
    ++progress_.failed;
    progress_.last_failure = "a judgement without a rating or verdict";
  }
  if (!reply.usage) {
    ++progress_.without_usage;
    if (max_usd_) {
      StopLocked(StopReason::kRefused,
                 "a reply does not state its usage of tokens, so that --max-usd cannot be kept");
    }
    return;
  }
  progress_.tokens.prompt += reply.usage->prompt;
  progress_.tokens.completion += reply.usage->completion;
  progress_.usd += price.Usd(*reply.usage);
  if (max_usd_ && progress_.usd >= *max_usd_) {
    StopLocked(StopReason::kBudget, fmt::format("${:.4f} are spent", progress_.usd));
  }
}

void RunState::OnFailure(const Error& error) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;  // what is broken off has not failed
  ++progress_.failed;
  progress_.last_failure = error.ToString();
}

void RunState::Stop(StopReason reason, const std::string& why) {
  const std::lock_guard lock(mutex_);
  StopLocked(reason, why);
}

void RunState::StopLocked(StopReason reason, const std::string& why) {
  if (progress_.stop != StopReason::kNone) return;
  progress_.stop = reason;
  progress_.last_failure = why;
  stopping_ = true;
  if (reason != StopReason::kBudget) cancelled_ = true;
}

RunProgress RunState::Progress() const {
  const std::lock_guard lock(mutex_);
  return progress_;
}

}  // namespace routellm::benchmark_run
