// The connections of one event loop to one upstream server.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>

#include "core/error.h"
#include "net/stream.h"

namespace routellm::upstream {

struct Address {
  bool tls = true;
  std::string host;
  std::string port;
  bool operator<(const Address& other) const {
    return std::tie(tls, host, port) < std::tie(other.tls, other.host, other.port);
  }
};

struct OriginOptions {
  std::chrono::milliseconds connect_timeout;  // name look-up, TCP and TLS together
  std::chrono::milliseconds idle_timeout;     // an unused connection is closed after that
  std::size_t max_idle;                       // unused connections that are kept
};

// Belongs to one event loop; not thread-safe. Must outlive the coroutines that it started, that is,
// the loop's run.
class Origin {
 public:
  Origin(net::asio::io_context& loop, net::asio::ssl::context& tls, Address address,
         OriginOptions options);

  // An open connection that waits unused, or nullptr. Its peer may be closing it at this moment.
  [[nodiscard]] std::shared_ptr<net::Stream> TakeIdle();

  // A new connection. Errors: kUpstreamUnavailable; kUpstreamTimeout after the connect timeout.
  net::Awaitable<Result<std::shared_ptr<net::Stream>>> Connect();

  // Gives a connection back for reuse. It must have nothing left to read or write.
  void Return(std::shared_ptr<net::Stream> stream);

  // Closes the connections that have been unused for too long or were closed by the peer. Call now
  // and then.
  void CloseExpired(net::Clock::time_point now);
  void CloseIdle();

  [[nodiscard]] const Address& address() const { return address_; }

 private:
  struct Attempt;
  struct Idle {
    std::shared_ptr<net::Stream> stream;
    net::Clock::time_point since;
  };

  net::Awaitable<> Run(std::shared_ptr<Attempt> attempt);
  net::Awaitable<Result<std::shared_ptr<net::Stream>>> Open(Attempt& attempt);

  net::asio::io_context& loop_;
  net::asio::ssl::context& tls_;
  const Address address_;
  const OriginOptions options_;
  std::vector<Idle> idle_;  // the one used last is taken first
};

}  // namespace routellm::upstream
