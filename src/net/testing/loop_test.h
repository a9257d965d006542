// Connections within one event loop, for tests.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "net/async.h"
#include "net/stream.h"

namespace routellm::net {

class LoopTest : public ::testing::Test {
 protected:
  // Runs the loop until `test` ends; fails where it does not end.
  void Run(const std::function<Awaitable<>()>& test) {
    constexpr std::chrono::seconds kFarTooLong{60};
    bool ended = false;
    asio::co_spawn(io_.get_executor(), test(), [&](const std::exception_ptr& exception) {
      EXPECT_FALSE(exception);
      ended = true;
      io_.stop();
    });
    io_.restart();
    io_.run_for(kFarTooLong);
    EXPECT_TRUE(ended);
  }

  // Lets other activities of the loop run until `condition` holds.
  Awaitable<> Until(std::function<bool()> condition) {
    while (!condition()) co_await asio::post(io_.get_executor(), kAwait);
  }

  // A connected stream and its peer, whose operations block.
  struct Connection {
    std::shared_ptr<Stream> stream;
    TcpSocket peer;
  };
  Connection Connect(std::size_t buffer_bytes) {
    TcpSocket socket(io_.get_executor());
    socket.connect(acceptor_.local_endpoint());
    TcpSocket peer = acceptor_.accept(io_.get_executor());
    return {std::make_shared<Stream>(std::move(socket), buffer_bytes), std::move(peer)};
  }

  asio::io_context io_{1};
  asio::basic_socket_acceptor<tcp, Executor> acceptor_{
      io_.get_executor(), tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
};

}  // namespace routellm::net
