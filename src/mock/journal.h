// What the simulated server has seen: counters, and the latest requests.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>

namespace routellm::mock {

// Thread-safe.
class Journal {
 public:
  // Keeps the latest `capacity` requests.
  explicit Journal(std::size_t capacity) : capacity_(capacity) {}

  void Record(std::string_view raw_request);

  // {"requests": [BASE64, ...]}, oldest first: heads and bodies as they came.
  [[nodiscard]] std::string RequestsJson() const;

  // {"connections": n, "requests": n, "answering": n, "completed": n, "aborted": n}: connections
  // and chat requests so far, answers under way, answers sent whole, and answers that the client
  // left before their end.
  [[nodiscard]] std::string StatsJson() const;

  std::atomic<std::uint64_t> connections = 0;
  std::atomic<std::uint64_t> requests = 0;
  std::atomic<std::uint64_t> completed = 0;
  std::atomic<std::uint64_t> aborted = 0;
  std::atomic<std::uint64_t> broken = 0;  // answers that their script broke off

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::deque<std::string> latest_;  // protected by mutex_
};

}  // namespace routellm::mock
