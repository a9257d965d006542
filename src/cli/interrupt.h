// Ctrl-C as a wish to stop in good order.
#pragma once

#include <atomic>

namespace routellm::cli {

inline constexpr int kExitInterrupted = 130;  // 128 + SIGINT, as shells report it

// Whether SIGINT or SIGTERM came while an InterruptGuard existed. Set by the signal handler alone.
[[nodiscard]] const std::atomic<bool>& Interrupted();

// From construction to destruction, SIGINT and SIGTERM set `Interrupted()` and do nothing else, so
// that what is being written is written whole. One at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
  ~InterruptGuard();

 private:
  void (*old_int_)(int);
  void (*old_term_)(int);
};

// Says that the user interrupted and that nothing was written, and throws CLI::RuntimeError.
[[noreturn]] void ExitInterrupted();

}  // namespace routellm::cli
