#include "upstream/origin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "net/testing/loop_test.h"

namespace routellm::upstream {
namespace {

namespace asio = net::asio;
using net::Awaitable;
using net::Clock;
using net::error_code;
using net::Stream;
using net::tcp;
using net::TcpSocket;
using std::chrono::milliseconds;

class OriginTest : public net::LoopTest {
 protected:
  std::unique_ptr<Origin> MakeOrigin(OriginOptions options, bool tls = false) {
    const Address address = {tls, "127.0.0.1", std::to_string(acceptor_.local_endpoint().port())};
    return std::make_unique<Origin>(io_, tls_, address, options);
  }

  // A connection of `origin`, which must succeed; the peer is added to peers_.
  Awaitable<std::shared_ptr<Stream>> Open(Origin& origin) {
    auto stream = co_await origin.Connect();
    EXPECT_TRUE(stream) << stream.error().ToString();
    peers_.push_back(acceptor_.accept(io_.get_executor()));
    co_return *stream;
  }

  static bool IsOpen(TcpSocket& peer) {
    peer.non_blocking(true);
    char byte = 0;
    error_code error;
    peer.read_some(asio::buffer(&byte, 1), error);
    return error == asio::error::would_block;
  }

  static constexpr milliseconds kAmple{60'000};
  static constexpr OriginOptions kOptions = {
      .connect_timeout = kAmple, .idle_timeout = kAmple, .max_idle = 4};
  // The only waiting that these tests do.
  static constexpr milliseconds kShort{50};

  asio::ssl::context tls_{asio::ssl::context::tls_client};
  std::vector<TcpSocket> peers_;
};

TEST_F(OriginTest, ARefusedConnectionIsUnavailable) {
  const auto origin = MakeOrigin(kOptions);
  acceptor_.close();
  Run([&]() -> Awaitable<> {
    const auto stream = co_await origin->Connect();
    EXPECT_FALSE(stream);
    if (stream) co_return;
    EXPECT_EQ(stream.error().code, ErrorCode::kUpstreamUnavailable);
    EXPECT_EQ(stream.error().public_message, "the upstream cannot be reached");
    EXPECT_THAT(stream.error().detail,
                ::testing::HasSubstr("127.0.0.1:" + origin->address().port + ": connect: "));
  });
}

TEST_F(OriginTest, AServerThatDoesNotAcceptTimesOut) {
  acceptor_.listen(0);
  const auto origin =
      MakeOrigin({.connect_timeout = kShort, .idle_timeout = kAmple, .max_idle = 4});
  // They fill the queue of connections to accept; the next one waits.
  std::vector<TcpSocket> waiting;
  for (int i = 0; i < 4; ++i) {
    waiting.emplace_back(io_.get_executor(), tcp::v4());
    waiting.back().async_connect(acceptor_.local_endpoint(), [](error_code) {});
  }
  Run([&]() -> Awaitable<> {
    const Clock::time_point start = Clock::now();
    const auto stream = co_await origin->Connect();
    EXPECT_FALSE(stream);
    if (stream) co_return;
    EXPECT_EQ(stream.error().code, ErrorCode::kUpstreamTimeout);
    EXPECT_GE(Clock::now() - start, kShort);
  });
}

TEST_F(OriginTest, AServerThatIsSilentInTheTlsHandshakeTimesOut) {
  const auto origin =
      MakeOrigin({.connect_timeout = kShort, .idle_timeout = kAmple, .max_idle = 4}, true);
  Run([&]() -> Awaitable<> {
    const Clock::time_point start = Clock::now();
    const auto stream = co_await origin->Connect();
    EXPECT_FALSE(stream);
    if (stream) co_return;
    EXPECT_EQ(stream.error().code, ErrorCode::kUpstreamTimeout);
    EXPECT_GE(Clock::now() - start, kShort);
    // The connection that was begun is closed.
    TcpSocket peer = acceptor_.accept(io_.get_executor());
    error_code error;
    std::string greeting;
    while (!error) {
      const auto [read_error, n] =
          co_await asio::async_read(peer, asio::dynamic_buffer(greeting), net::kAwaitTuple);
      error = read_error;
    }
    EXPECT_EQ(error, asio::error::eof);
  });
}

TEST_F(OriginTest, TheConnectionUsedLastIsTakenFirst) {
  const auto origin = MakeOrigin(kOptions);
  Run([&]() -> Awaitable<> {
    EXPECT_EQ(origin->TakeIdle(), nullptr);
    const auto first = co_await Open(*origin);
    const auto second = co_await Open(*origin);
    origin->Return(first);
    origin->Return(second);
    EXPECT_EQ(origin->TakeIdle(), second);
    EXPECT_EQ(origin->TakeIdle(), first);
    EXPECT_EQ(origin->TakeIdle(), nullptr);
  });
}

TEST_F(OriginTest, AReusedConnectionReadsOn) {
  const auto origin = MakeOrigin(kOptions);
  Run([&]() -> Awaitable<> {
    origin->Return(co_await Open(*origin));
    const auto stream = origin->TakeIdle();
    asio::write(peers_[0], asio::buffer(std::string_view("answer")));
    error_code error;
    while (!error && stream->input().size() < 6) error = co_await stream->Read();
    EXPECT_FALSE(error);
    EXPECT_EQ(stream->input(), "answer");
    stream->Close();
  });
}

TEST_F(OriginTest, KeepsNoMoreThanTheLimit) {
  const auto origin =
      MakeOrigin({.connect_timeout = kAmple, .idle_timeout = kAmple, .max_idle = 1});
  Run([&]() -> Awaitable<> {
    const auto first = co_await Open(*origin);
    const auto second = co_await Open(*origin);
    origin->Return(first);
    origin->Return(second);
    EXPECT_TRUE(IsOpen(peers_[0]));
    EXPECT_FALSE(IsOpen(peers_[1]));
    EXPECT_EQ(origin->TakeIdle(), first);
  });
}

TEST_F(OriginTest, AConnectionThatThePeerClosedIsNotHandedOut) {
  const auto origin = MakeOrigin(kOptions);
  Run([&]() -> Awaitable<> {
    const auto open = co_await Open(*origin);
    const auto closed = co_await Open(*origin);
    origin->Return(open);
    origin->Return(closed);
    peers_[1].close();
    co_await Until([&] { return closed->input_ended(); });
    EXPECT_EQ(origin->TakeIdle(), open);
    EXPECT_EQ(origin->TakeIdle(), nullptr);
  });
}

TEST_F(OriginTest, AConnectionWithUnaskedInputIsNotHandedOut) {
  const auto origin = MakeOrigin(kOptions);
  Run([&]() -> Awaitable<> {
    const auto stream = co_await Open(*origin);
    origin->Return(stream);
    asio::write(peers_[0], asio::buffer(std::string_view("HTTP/1.1 408 Request Timeout\r\n")));
    co_await Until([&] { return !stream->input().empty(); });
    EXPECT_EQ(origin->TakeIdle(), nullptr);
    EXPECT_FALSE(IsOpen(peers_[0]));
  });
}

TEST_F(OriginTest, UnusedConnectionsExpire) {
  const auto origin = MakeOrigin(kOptions);
  Run([&]() -> Awaitable<> {
    const auto stream = co_await Open(*origin);
    origin->Return(stream);
    origin->CloseExpired(Clock::now());
    EXPECT_TRUE(IsOpen(peers_[0]));
    origin->CloseExpired(Clock::now() + kAmple + milliseconds(1));
    EXPECT_FALSE(IsOpen(peers_[0]));
    EXPECT_EQ(origin->TakeIdle(), nullptr);
  });
}

TEST_F(OriginTest, WhatThePeerClosedExpiresAtOnce) {
  const auto origin = MakeOrigin(kOptions);
  Run([&]() -> Awaitable<> {
    const auto stream = co_await Open(*origin);
    origin->Return(stream);
    peers_[0].close();
    co_await Until([&] { return stream->input_ended(); });
    origin->CloseExpired(Clock::now());
    EXPECT_FALSE(stream->socket().is_open());
  });
}

TEST_F(OriginTest, CloseIdleClosesAll) {
  const auto origin = MakeOrigin(kOptions);
  Run([&]() -> Awaitable<> {
    const auto first = co_await Open(*origin);
    const auto second = co_await Open(*origin);
    origin->Return(first);
    origin->Return(second);
    origin->CloseIdle();
    EXPECT_FALSE(IsOpen(peers_[0]));
    EXPECT_FALSE(IsOpen(peers_[1]));
    EXPECT_EQ(origin->TakeIdle(), nullptr);
  });
}

}  // namespace
}  // namespace routellm::upstream
