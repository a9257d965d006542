// The coroutine types of the event loops: Asio with its executor type written out, so that nothing
// on the data path goes through a type-erased executor.
#pragma once

#include <chrono>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace routellm::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

using Clock = std::chrono::steady_clock;
using Executor = asio::io_context::executor_type;
using TcpSocket = asio::basic_stream_socket<tcp, Executor>;
using Timer = asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor>;

template <typename T = void>
using Awaitable = asio::awaitable<T, Executor>;

inline constexpr asio::use_awaitable_t<Executor> kAwait;
inline constexpr auto kAwaitTuple = asio::as_tuple(kAwait);

// Lets one coroutine wait for another activity of the same event loop. Not thread-safe.
class Signal {
 public:
  [[nodiscard]] bool awaited() const { return static_cast<bool>(handler_); }

  // Suspends until Notify. At most one coroutine waits at a time.
  Awaitable<> Wait() {
    return asio::async_initiate<const asio::use_awaitable_t<Executor>&, void()>(
        [this](auto handler) { handler_ = std::move(handler); }, kAwait);
  }

  // Resumes the waiting coroutine, if there is one, before it returns.
  void Notify() {
    if (auto handler = std::move(handler_)) std::move(handler)();
  }

 private:
  asio::any_completion_handler<void()> handler_;
};

}  // namespace routellm::net
