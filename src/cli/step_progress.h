// How far a step is, on standard error.
#pragma once

#include <fmt/core.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string_view>

namespace routellm::cli {

// On a terminal as it goes, else once, at the step's end. Not thread-safe.
class StepProgress {
 public:
  void operator()(std::string_view step, std::size_t done, std::size_t total) {
    const auto now = std::chrono::steady_clock::now();
    const bool last = done == total;
    if (!last && (!terminal_ || now - shown_ < std::chrono::milliseconds(200))) return;
    shown_ = now;
    fmt::print(stderr, "{}{}: {} of {} prompts{}", terminal_ ? "\r" : "", step, done, total,
               last ? "\n" : "");
  }

 private:
  const bool terminal_ = isatty(STDERR_FILENO) != 0;
  std::chrono::steady_clock::time_point shown_;
};

}  // namespace routellm::cli
