#include "net/stream.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "net/testing/loop_test.h"

namespace routellm::net {
namespace {

class StreamTest : public LoopTest {
 protected:
  static void Send(TcpSocket& peer, std::string_view text) {
    asio::write(peer, asio::buffer(text));
  }

  // Reads until `total` bytes of input are there.
  static Awaitable<error_code> ReadTotal(std::shared_ptr<Stream> stream, std::size_t total) {
    error_code error;
    while (!error && stream->input().size() < total) error = co_await stream->Read();
    co_return error;
  }
};

TEST_F(StreamTest, ReadsWhatThePeerSendsAndThenItsEnd) {
  Run([&]() -> Awaitable<> {
    auto [stream, peer] = Connect(64);
    Send(peer, "hello");
    const error_code error = co_await ReadTotal(stream, 5);
    EXPECT_FALSE(error);
    EXPECT_EQ(stream->input(), "hello");
    EXPECT_FALSE(stream->input_ended());
    peer.close();
    const error_code end = co_await stream->Read();
    EXPECT_EQ(end, asio::error::eof);
    EXPECT_TRUE(stream->input_ended());
    const error_code again = co_await stream->Read();
    EXPECT_EQ(again, asio::error::eof);
    EXPECT_EQ(stream->input(), "hello");
  });
}

TEST_F(StreamTest, InputInFrontOfTheEndIsReportedFirst) {
  Run([&]() -> Awaitable<> {
    auto [stream, peer] = Connect(64);
    stream->StartRead();
    Send(peer, "last");
    peer.close();
    co_await Until([&stream = stream] { return !stream->reading(); });
    const error_code error = co_await stream->Read();
    EXPECT_FALSE(error);
    EXPECT_EQ(stream->input(), "last");
    const error_code end = co_await stream->Read();
    EXPECT_EQ(end, asio::error::eof);
  });
}

TEST_F(StreamTest, AReadLeftRunningSeesThePeerGo) {
  Run([&]() -> Awaitable<> {
    auto [stream, peer] = Connect(64);
    int ends = 0;
    stream->OnInputEnd([&] { ++ends; });
    stream->StartRead();
    EXPECT_TRUE(stream->reading());
    peer.close();
    co_await Until([&] { return ends > 0; });
    EXPECT_TRUE(stream->input_ended());
    EXPECT_FALSE(stream->reading());
    const error_code end = co_await stream->Read();
    EXPECT_EQ(end, asio::error::eof);
    EXPECT_EQ(ends, 1);
  });
}

TEST_F(StreamTest, AnAwaitedReadReportsTheEndItself) {
  Run([&]() -> Awaitable<> {
    auto [stream, peer] = Connect(64);
    bool called = false;
    stream->OnInputEnd([&] { called = true; });
    peer.close();
    const error_code end = co_await stream->Read();
    EXPECT_EQ(end, asio::error::eof);
    EXPECT_FALSE(called);
  });
}

TEST_F(StreamTest, AnInterruptedReadLosesNothing) {
  Run([&]() -> Awaitable<> {
    auto [stream, peer] = Connect(64);
    stream->InterruptRead();  // no Read is awaited: nothing to interrupt
    asio::post(io_.get_executor(), [stream = stream] { stream->InterruptRead(); });
    const error_code interrupted = co_await stream->Read();
    EXPECT_EQ(interrupted, asio::error::timed_out);
    EXPECT_TRUE(stream->reading());
    EXPECT_FALSE(stream->input_ended());
    Send(peer, "late");
    const error_code error = co_await ReadTotal(stream, 4);
    EXPECT_FALSE(error);
    EXPECT_EQ(stream->input(), "late");
  });
}

TEST_F(StreamTest, InputThatNobodyAwaitsWaits) {
  Run([&]() -> Awaitable<> {
    auto [stream, peer] = Connect(64);
    stream->StartRead();
    Send(peer, "early");
    co_await Until([&stream = stream] { return !stream->input().empty(); });
    const error_code error = co_await ReadTotal(stream, 5);
    EXPECT_FALSE(error);
    EXPECT_EQ(stream->input(), "early");
  });
}

TEST_F(StreamTest, ConsumeAndReserveKeepTheRest) {
  Run([&]() -> Awaitable<> {
    auto [stream, peer] = Connect(8);
    Send(peer, "abcdefgh");
    const error_code first = co_await ReadTotal(stream, 8);
    EXPECT_FALSE(first);
    EXPECT_TRUE(stream->full());
    stream->Consume(3);
    EXPECT_EQ(stream->input(), "defgh");
    stream->Reserve(8);
    EXPECT_EQ(stream->input(), "defgh");
    EXPECT_FALSE(stream->full());
    Send(peer, "ijk");
    const error_code second = co_await ReadTotal(stream, 8);
    EXPECT_FALSE(second);
    EXPECT_EQ(stream->input(), "defghijk");
    stream->Reserve(100);
    EXPECT_EQ(stream->input(), "defghijk");
    Send(peer, std::string(92, 'x'));
    const error_code third = co_await ReadTotal(stream, 100);
    EXPECT_FALSE(third);
    EXPECT_EQ(stream->input(), "defghijk" + std::string(92, 'x'));
  });
}

TEST_F(StreamTest, InputMayBeConsumedWhileAReadIsRunning) {
  Run([&]() -> Awaitable<> {
    auto [stream, peer] = Connect(8);
    Send(peer, "abc");
    const error_code first = co_await ReadTotal(stream, 3);
    EXPECT_FALSE(first);
    stream->StartRead();
    stream->Consume(3);
    EXPECT_TRUE(stream->input().empty());
    Send(peer, "defgh");
    const error_code second = co_await ReadTotal(stream, 5);
    EXPECT_FALSE(second);
    EXPECT_EQ(stream->input(), "defgh");
    EXPECT_FALSE(stream->full());
  });
}

TEST_F(StreamTest, AFullBufferIsNotReadInto) {
  Run([&]() -> Awaitable<> {
    auto [stream, peer] = Connect(4);
    Send(peer, "abcdef");
    const error_code first = co_await ReadTotal(stream, 4);
    EXPECT_FALSE(first);
    const error_code full = co_await stream->Read();
    EXPECT_EQ(full, asio::error::no_buffer_space);
    EXPECT_EQ(stream->input(), "abcd");
    EXPECT_FALSE(stream->input_ended());
    stream->Consume(4);
    const error_code rest = co_await ReadTotal(stream, 2);
    EXPECT_FALSE(rest);
    EXPECT_EQ(stream->input(), "ef");
  });
}

TEST_F(StreamTest, MemoryIsGivenBackWhereNothingIsHeld) {
  Run([&]() -> Awaitable<> {
    auto [stream, peer] = Connect(4);
    stream->Reserve(1024);
    Send(peer, "abcdefgh");
    const error_code error = co_await ReadTotal(stream, 8);
    EXPECT_FALSE(error);
    stream->ShrinkToInitial();
    EXPECT_EQ(stream->input(), "abcdefgh");
    stream->Consume(8);
    stream->ShrinkToInitial();
    Send(peer, "ijklm");
    const error_code again = co_await ReadTotal(stream, 4);
    EXPECT_FALSE(again);
    EXPECT_TRUE(stream->full());
    EXPECT_EQ(stream->input(), "ijkl");
  });
}

TEST_F(StreamTest, ASlowReaderGetsAllThatIsWritten) {
  constexpr std::size_t kBytes = std::size_t{4} << 20;
  std::string sent(kBytes, '\0');
  for (std::size_t i = 0; i < kBytes; ++i) sent[i] = static_cast<char>(i * 31 + i / 4096);
  std::string received;
  Run([&]() -> Awaitable<> {
    auto [stream, peer] = Connect(64);
    stream->socket().set_option(asio::socket_base::send_buffer_size(16 * 1024));
    bool ended = false;
    asio::co_spawn(
        io_.get_executor(),
        [&, &peer = peer]() -> Awaitable<> {
          std::array<char, 8192> piece;
          error_code error;
          while (!error) {
            const auto [read_error, n] =
                co_await peer.async_read_some(asio::buffer(piece), kAwaitTuple);
            error = read_error;
            received.append(piece.data(), n);
            co_await asio::post(io_.get_executor(), kAwait);
          }
          EXPECT_EQ(error, asio::error::eof);
          ended = true;
        },
        [](const std::exception_ptr& exception) { EXPECT_FALSE(exception); });
    std::array<asio::const_buffer, 3> buffers = {asio::buffer(sent.data(), 10),
                                                 asio::const_buffer(),
                                                 asio::buffer(sent.data() + 10, sent.size() - 10)};
    const error_code error = co_await stream->Write(buffers);
    EXPECT_FALSE(error);
    stream->ShutdownOutput();
    co_await Until([&] { return ended; });
  });
  EXPECT_TRUE(received == sent);
}

TEST_F(StreamTest, AfterShutdownTheInputStaysOpen) {
  Run([&]() -> Awaitable<> {
    auto [stream, peer] = Connect(64);
    stream->ShutdownOutput();
    char byte = 0;
    error_code end;
    peer.read_some(asio::buffer(&byte, 1), end);
    EXPECT_EQ(end, asio::error::eof);
    Send(peer, "answer");
    const error_code error = co_await ReadTotal(stream, 6);
    EXPECT_FALSE(error);
  });
}

TEST_F(StreamTest, CloseEndsARead) {
  Run([&]() -> Awaitable<> {
    auto [stream, peer] = Connect(64);
    asio::post(io_.get_executor(), [stream = stream] { stream->Close(); });
    const error_code error = co_await stream->Read();
    EXPECT_EQ(error, asio::error::operation_aborted);
    EXPECT_TRUE(stream->input_ended());
    const error_code again = co_await stream->Read();
    EXPECT_TRUE(again);
  });
}

TEST_F(StreamTest, CloseEndsAWrite) {
  const std::string sent(std::size_t{16} << 20, 'x');
  Run([&]() -> Awaitable<> {
    auto [stream, peer] = Connect(64);
    asio::post(io_.get_executor(), [stream = stream] { stream->Close(); });
    std::array<asio::const_buffer, 1> buffers = {asio::buffer(sent)};
    const error_code error = co_await stream->Write(buffers);
    EXPECT_TRUE(error);
    std::array<asio::const_buffer, 1> more = {asio::buffer(sent.data(), 1)};
    const error_code again = co_await stream->Write(more);
    EXPECT_TRUE(again);
  });
}

}  // namespace
}  // namespace routellm::net
