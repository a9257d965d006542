// How other threads tell an event loop something, for as long as it lives.
#pragma once

#include <functional>
#include <mutex>
#include <utility>

#include <boost/asio/post.hpp>

#include "net/async.h"

namespace routellm::gateway {

// Held by shared_ptr by whoever may outlive the loop. Thread-safe.
class Inbox {
 public:
  explicit Inbox(net::asio::io_context& loop) : loop_(&loop) {}

  // Runs `job` on the loop's thread; drops it if the loop has ended.
  void Post(std::function<void()> job) {
    const std::lock_guard lock(mutex_);
    if (loop_ != nullptr) net::asio::post(*loop_, std::move(job));
  }

  // The loop ends.
  void Close() {
    const std::lock_guard lock(mutex_);
    loop_ = nullptr;
  }

 private:
  std::mutex mutex_;
  net::asio::io_context* loop_;  // protected by mutex_
};

}  // namespace routellm::gateway
