#include "cli/run_display.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>

#include "cli/commands.h"
#include "cli/interrupt.h"

namespace routellm::cli {
namespace {

using benchmark_run::RunProgress;
using benchmark_run::StopReason;

constexpr std::chrono::milliseconds kTick{100};
constexpr std::chrono::seconds kBetweenLines{10};

std::string Remaining(const RunProgress& progress, double rate) {
  const std::size_t settled = progress.done + progress.failed;
  if (rate <= 0.0 || settled >= progress.total) return "0:00";
  const auto seconds = std::lround(static_cast<double>(progress.total - settled) / rate);
  return seconds < 3600
             ? fmt::format("{}:{:02}", seconds / 60, seconds % 60)
             : fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

}  // namespace

RunDisplay::RunDisplay(benchmark_run::RunState& state, bool show_cost)
    : state_(state), show_cost_(show_cost), thread_([this] { Run(); }) {}

RunDisplay::~RunDisplay() {
  {
    const std::lock_guard lock(mutex_);
    end_ = true;
  }
  ended_.notify_one();
  thread_.join();
}

void RunDisplay::Run() {
  const bool terminal = isatty(STDERR_FILENO) != 0;
  auto shown = start_;
  std::unique_lock lock(mutex_);
  while (!ended_.wait_for(lock, kTick, [this] { return end_; })) {
    if (Interrupted()) state_.Stop(StopReason::kInterrupted, "interrupted");
    const auto now = std::chrono::steady_clock::now();
    if (!terminal && now - shown < kBetweenLines) continue;
    shown = now;
    Show(terminal);
  }
  if (Interrupted()) state_.Stop(StopReason::kInterrupted, "interrupted");
  Show(terminal);
  if (terminal) fmt::print(stderr, "\n");
}

void RunDisplay::Show(bool terminal) const {
  const RunProgress progress = state_.Progress();
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start_;
  const double rate = static_cast<double>(progress.done - progress.reused + progress.failed) /
                      std::max(elapsed.count(), 1e-3);
  std::string line = fmt::format("{}/{} replies  {:.1f}/s  ETA {}", progress.done, progress.total,
                                 rate, Remaining(progress, rate));
  if (progress.failed > 0) line += fmt::format("  {} failed", progress.failed);
  line += fmt::format("  {} + {} tokens", progress.tokens.prompt, progress.tokens.completion);
  if (show_cost_) line += fmt::format("  ${:.4f}", progress.usd);
  // Erases what is left of a longer line.
  fmt::print(stderr, "{}{}{}", terminal ? "\r" : "", line, terminal ? "\033[K" : "\n");
  std::fflush(stderr);
}

void ExitIfStopped(const RunProgress& progress, const std::string& journal) {
  const std::string kept =
      fmt::format("what was answered is kept in {}; the same command goes on", journal);
  if (progress.stop == StopReason::kInterrupted) {
    fmt::print(stderr, "routellm: interrupted; {}\n", kept);
    throw CLI::RuntimeError(kExitInterrupted);
  }
  if (progress.stop == StopReason::kRefused) {
    fmt::print(stderr, "routellm: stopped: {}\nroutellm: {}\n", progress.last_failure, kept);
    throw CLI::RuntimeError(kExitFailure);
  }
}

void ExitUnlessComplete(const RunProgress& progress) {
  if (progress.stop == StopReason::kBudget) {
    fmt::print(stderr, "routellm: stopped by --max-usd, {}; run again with more to go on\n",
               progress.last_failure);
  } else if (progress.failed > 0) {
    fmt::print(stderr,
               "routellm: {} replies could not be had; run again to ask for them; the last: {}\n",
               progress.failed, progress.last_failure);
  } else {
    return;
  }
  throw CLI::RuntimeError(kExitFailure);
}

}  // namespace routellm::cli
