// Where a run of a benchmark is, on standard error.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "benchmark_run/run_state.h"

namespace routellm::cli {

// From construction to destruction, shows `state` (which outlives it): on a terminal a line that is
// rewritten several times a second, otherwise a line every ten seconds; at the end once more. Stops
// the run when the user interrupts (cli/interrupt.h).
class RunDisplay {
 public:
  // `show_cost`: whether prices are known.
  RunDisplay(benchmark_run::RunState& state, bool show_cost);
  RunDisplay(const RunDisplay&) = delete;
  RunDisplay& operator=(const RunDisplay&) = delete;
  ~RunDisplay();

 private:
  void Run();
  void Show(bool terminal) const;

  benchmark_run::RunState& state_;
  const bool show_cost_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::mutex mutex_;
  std::condition_variable ended_;
  bool end_ = false;  // protected by mutex_
  std::thread thread_;
};

}  // namespace routellm::cli
