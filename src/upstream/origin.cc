#include "upstream/origin.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>

namespace routellm::upstream {
namespace asio = net::asio;
using net::Awaitable;
using net::error_code;
using net::Stream;

namespace {

constexpr std::size_t kBufferBytes = 16 * 1024;

using Resolver = asio::ip::basic_resolver<asio::ip::tcp, net::Executor>;

}  // namespace

// A connection being made. A name look-up cannot be interrupted, so the one who waits may leave
// before the end.
struct Origin::Attempt {
  net::Signal done;
  std::optional<Result<std::shared_ptr<Stream>>> result;
  std::function<void()> cancel;
  const char* step = "name look-up";

  void Finish(Result<std::shared_ptr<Stream>> outcome) {
    if (result) return;
    result = std::move(outcome);
    done.Notify();
  }
};

Origin::Origin(asio::io_context& loop, asio::ssl::context& tls, Address address,
               OriginOptions options)
    : loop_(loop), tls_(tls), address_(std::move(address)), options_(options) {}

std::shared_ptr<Stream> Origin::TakeIdle() {
  while (!idle_.empty()) {
    std::shared_ptr<Stream> stream = std::move(idle_.back().stream);
    idle_.pop_back();
    // Input that nobody asked for makes a connection as unusable as its end.
    if (!stream->input_ended() && stream->input().empty()) return stream;
    stream->Close();
  }
  return nullptr;
}

Awaitable<Result<std::shared_ptr<Stream>>> Origin::Connect() {
  auto attempt = std::make_shared<Attempt>();
  net::Timer timer(loop_.get_executor(), options_.connect_timeout);
  timer.async_wait([this, attempt](error_code error) {
    if (error) return;
    attempt->Finish(Fail(ErrorCode::kUpstreamTimeout,
                         "the upstream did not accept a connection in time",
                         address_.host + ":" + address_.port + ": " + attempt->step));
    if (attempt->cancel) attempt->cancel();
  });
  asio::co_spawn(loop_.get_executor(), Run(attempt), asio::detached);
  if (!attempt->result) co_await attempt->done.Wait();
  co_return std::move(*attempt->result);
}

Awaitable<> Origin::Run(std::shared_ptr<Attempt> attempt) {
  auto result = co_await Open(*attempt);
  attempt->cancel = nullptr;
  attempt->Finish(std::move(result));
}

Awaitable<Result<std::shared_ptr<Stream>>> Origin::Open(Attempt& attempt) {
  const auto unavailable = [this](const char* what, const error_code& error) {
    return Fail(ErrorCode::kUpstreamUnavailable, "the upstream cannot be reached",
                address_.host + ":" + address_.port + ": " + what + ": " + error.message());
  };
  Resolver resolver(loop_.get_executor());
  const auto [resolve_error, endpoints] =
      co_await resolver.async_resolve(address_.host, address_.port, net::kAwaitTuple);
  if (resolve_error) co_return unavailable("name look-up", resolve_error);
  if (attempt.result) co_return unavailable("name look-up", asio::error::timed_out);

  attempt.step = "connect";
  net::TcpSocket socket(loop_.get_executor());
  attempt.cancel = [&socket] { socket.close(); };
  const auto [connect_error, endpoint] =
      co_await asio::async_connect(socket, endpoints, net::kAwaitTuple);
  if (connect_error) co_return unavailable("connect", connect_error);

  auto stream = std::make_shared<Stream>(std::move(socket), kBufferBytes);
  attempt.cancel = [stream] { stream->Close(); };
  if (address_.tls) {
    attempt.step = "TLS";
    const error_code error = co_await stream->HandshakeTls(tls_, address_.host);
    if (error) co_return unavailable("TLS", error);
  }
  co_return stream;
}

void Origin::Return(std::shared_ptr<Stream> stream) {
  if (idle_.size() >= options_.max_idle) {
    stream->Close();
    return;
  }
  // Finds out when the peer closes it, and is the read that the next request waits for.
  stream->StartRead();
  idle_.push_back({std::move(stream), net::Clock::now()});
}

void Origin::CloseExpired(net::Clock::time_point now) {
  std::erase_if(idle_, [&](const Idle& idle) {
    const bool expired = idle.stream->input_ended() || now - idle.since > options_.idle_timeout;
    if (expired) idle.stream->Close();
    return expired;
  });
}

void Origin::CloseIdle() {
  for (const Idle& idle : idle_) idle.stream->Close();
  idle_.clear();
}

}  // namespace routellm::upstream
