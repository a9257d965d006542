// Where a run of a benchmark is, on standard error.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
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

// Ends the program with a clear message if the run was interrupted or refused, so that there is no
// result; what was answered is kept in `journal`.
void ExitIfStopped(const benchmark_run::RunProgress& progress, const std::string& journal);

// Says why the result is not complete, if it is not, and then ends the program.
void ExitUnlessComplete(const benchmark_run::RunProgress& progress);

}  // namespace routellm::cli
