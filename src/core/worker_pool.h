// Threads for work that must not hold up an event loop.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace routellm {

// Thread-safe.
class WorkerPool {
 public:
  // `threads` >= 1.
  explicit WorkerPool(unsigned threads);
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  // Waits for the jobs that run; drops those that have not begun.
  ~WorkerPool();

  // Runs `job`, which does not throw, as soon as a thread is free, in the order of the calls. The
  // queue has no bound: the caller has.
  void Submit(std::function<void()> job);

 private:
  void Work();

  std::mutex mutex_;  // protects:
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;  // constant after construction
};

}  // namespace routellm
