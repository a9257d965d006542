// Bounds how long a connection waits for one thing.
#pragma once

#include "net/stream.h"

namespace routellm::gateway {

// A connection waits for one read or write at a time; the event loop checks now and then whether it
// has waited for too long. That costs a request no timer. Not thread-safe.
class Watchdog {
 public:
  using Clock = net::Clock;

  // `now`: the event loop's coarse time, which it renews before each Check.
  explicit Watchdog(const Clock::time_point& now) : now_(now) {}

  // When the time is over: a read is interrupted (Stream::InterruptRead), and its owner may still
  // answer; a write can not be, so its stream is closed.
  void WatchRead(net::Stream& stream, Clock::duration limit) { Watch(stream, limit, false); }
  void WatchWrite(net::Stream& stream, Clock::duration limit) { Watch(stream, limit, true); }
  void Rest() { stream_ = nullptr; }

  void Check() {
    if (stream_ == nullptr || now_ < deadline_) return;
    net::Stream& stream = *stream_;
    stream_ = nullptr;
    if (is_write_) {
      stream.Close();
    } else {
      stream.InterruptRead();
    }
  }

 private:
  void Watch(net::Stream& stream, Clock::duration limit, bool is_write) {
    stream_ = &stream;
    deadline_ = now_ + limit;
    is_write_ = is_write;
  }

  const Clock::time_point& now_;
  net::Stream* stream_ = nullptr;
  Clock::time_point deadline_;
  bool is_write_ = false;
};

}  // namespace routellm::gateway
