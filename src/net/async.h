// The coroutine types of the event loops: Asio with its executor type written out, so that nothing
// on the data path goes through a type-erased executor.
#pragma once

#include <chrono>
#include <memory>
#include <utility>

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
  [[nodiscard]] bool awaited() const { return waiter_ != nullptr; }

  // Suspends until Notify. At most one coroutine waits at a time.
  Awaitable<> Wait() {
    return asio::async_initiate<const asio::use_awaitable_t<Executor>&, void()>(
        [this](auto handler) {
          waiter_ = std::make_unique<WaiterOf<decltype(handler)>>(std::move(handler));
        },
        kAwait);
  }

  // Resumes the waiting coroutine, if there is one, before it returns.
  void Notify() {
    if (const auto waiter = std::move(waiter_)) waiter->Resume();
  }

 private:
  struct Waiter {
    virtual ~Waiter() = default;
    virtual void Resume() = 0;
  };
  template <typename Handler>
  struct WaiterOf final : Waiter {
    explicit WaiterOf(Handler&& to_resume) : handler(std::move(to_resume)) {}
    void Resume() override { std::move(handler)(); }
    Handler handler;
  };

  std::unique_ptr<Waiter> waiter_;
};

}  // namespace routellm::net
