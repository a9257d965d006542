// A TCP connection, plain or TLS, with an input buffer and a read that may run while its owner does
// something else.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "net/async.h"

namespace routellm::net {

// Belongs to one event loop; not thread-safe. Held by shared_ptr, because a read in progress keeps
// it alive.
//
// Input: `StartRead` begins to read into the buffer and returns at once; `Read` waits for what it
// brings. A read left running while its owner works on something else tells of a peer that goes
// away (`OnInputEnd`), at no cost: it is the read that would follow anyway.
class Stream : public std::enable_shared_from_this<Stream> {
 public:
  // Bytes that may be read, not written, behind the end of the input; simdjson's parser needs them.
  static constexpr std::size_t kPadding = 64;

  // `socket` is connected. `initial_capacity` bytes of buffer are held as long as the stream lives.
  Stream(TcpSocket socket, std::size_t initial_capacity);

  // Makes this a TLS client: sends SNI for `host`, checks the peer's certificate against
  // `context`'s roots and against `host`. Call before any input or output.
  Awaitable<error_code> HandshakeTls(asio::ssl::context& context, const std::string& host);

  // The input that has not been consumed. Stays where it is until Consume, Reserve or Compact.
  [[nodiscard]] std::string_view input() const { return {buffer_.get() + begin_, end_ - begin_}; }
  void Consume(std::size_t n);

  // Makes room for an input of `total` bytes in one piece. Moves the input. No read may be running.
  void Reserve(std::size_t total);
  [[nodiscard]] bool full() const { return end_ == capacity_; }

  // Gives back memory above the initial capacity if the input is empty. A read that is running is
  // begun anew, for which over 64 KiB are worth it; under TLS it cannot be.
  void ShrinkToInitial();

  // Begins a read if none is running, the input has not ended and there is room.
  void StartRead();
  [[nodiscard]] bool reading() const { return reading_; }

  // Waits until input has come since the last Read, or ended; starts a read if none is running. The
  // error is sticky: asio::error::eof for an orderly end. asio::error::no_buffer_space if there is
  // no room: Reserve first.
  Awaitable<error_code> Read();

  // Makes the Read that is being awaited return asio::error::timed_out; the read itself goes on.
  // Without one: nothing.
  void InterruptRead();

  // Called when a read that no one awaits ends the input; until then, and as long as there is room,
  // input that comes earlier is kept and reading goes on. Set to nullptr to stop.
  void OnInputEnd(std::function<void()> callback) { on_input_end_ = std::move(callback); }
  [[nodiscard]] bool input_ended() const { return static_cast<bool>(input_error_); }

  // Writes all of `buffers`; tries without waiting first. The memory must stay until it returns.
  // `buffers` is used up.
  Awaitable<error_code> Write(std::span<asio::const_buffer> buffers);

  // Ends every wait with an error; nothing more is read or written.
  void Close();
  // Sends the end of our output, leaving the input open.
  void ShutdownOutput();

  [[nodiscard]] TcpSocket& socket() { return socket_; }

 private:
  using TlsStream = asio::ssl::stream<TcpSocket&>;

  void OnRead(error_code error, std::size_t n);
  Awaitable<error_code> WriteSlow(std::span<asio::const_buffer> buffers);

  const std::size_t initial_capacity_;
  TcpSocket socket_;
  std::unique_ptr<TlsStream> tls_;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool reading_ = false;
  bool arrived_ = false;  // input came that no Read has reported
  bool interrupted_ = false;
  bool shrinking_ = false;  // the running read has been cancelled for it
  error_code input_error_;
  Signal read_done_;
  std::function<void()> on_input_end_;
};

}  // namespace routellm::net
