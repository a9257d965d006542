#include "net/stream.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>

namespace routellm::net {
namespace {

constexpr std::size_t kWorthARead = 64 * 1024;

// Drops the first `n` bytes of `buffers`; returns what is left.
std::span<asio::const_buffer> Advance(std::span<asio::const_buffer> buffers, std::size_t n) {
  while (!buffers.empty() && n >= buffers.front().size()) {
    n -= buffers.front().size();
    buffers = buffers.subspan(1);
  }
  if (!buffers.empty()) buffers.front() += n;
  return buffers;
}

}  // namespace

Stream::Stream(TcpSocket socket, std::size_t initial_capacity)
    : initial_capacity_(initial_capacity),
      socket_(std::move(socket)),
      buffer_(new char[initial_capacity + kPadding]),
      capacity_(initial_capacity) {
  error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(tcp::no_delay(true), ignored);
}

Awaitable<error_code> Stream::HandshakeTls(asio::ssl::context& context, const std::string& host) {
  tls_ = std::make_unique<TlsStream>(socket_, context);
  tls_->set_verify_mode(asio::ssl::verify_peer);
  tls_->set_verify_callback(asio::ssl::host_name_verification(host));
  error_code is_name;
  asio::ip::make_address(host, is_name);
  if (is_name) SSL_set_tlsext_host_name(tls_->native_handle(), host.c_str());
  const auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::client, kAwaitTuple);
  co_return error;
}

void Stream::Consume(std::size_t n) {
  begin_ += n;
  if (begin_ == end_ && !reading_) begin_ = end_ = 0;
}

void Stream::Reserve(std::size_t total) {
  if (begin_ + total <= capacity_) return;
  if (total <= capacity_) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
  } else {
    const std::size_t capacity = std::max(total, 2 * capacity_);
    std::unique_ptr<char[]> larger(new char[capacity + kPadding]);
    std::memcpy(larger.get(), buffer_.get() + begin_, end_ - begin_);
    buffer_ = std::move(larger);
    capacity_ = capacity;
  }
  end_ -= begin_;
  begin_ = 0;
}

void Stream::ShrinkToInitial() {
  if (capacity_ == initial_capacity_ || begin_ != end_) return;
  if (reading_) {
    if (tls_ || capacity_ <= kWorthARead) return;
    shrinking_ = true;
    error_code ignored;
    socket_.cancel(ignored);
    return;
  }
  buffer_.reset(new char[initial_capacity_ + kPadding]);
  capacity_ = initial_capacity_;
  begin_ = end_ = 0;
}

void Stream::StartRead() {
  if (reading_ || input_error_ || full()) return;
  reading_ = true;
  const asio::mutable_buffer space(buffer_.get() + end_, capacity_ - end_);
  auto handler = [self = shared_from_this()](error_code error, std::size_t n) {
    self->OnRead(error, n);
  };
  if (tls_) {
    tls_->async_read_some(space, std::move(handler));
  } else {
    socket_.async_read_some(space, std::move(handler));
  }
}

void Stream::OnRead(error_code error, std::size_t n) {
  reading_ = false;
  if (std::exchange(shrinking_, false) && error == asio::error::operation_aborted) {
    ShrinkToInitial();
    if (read_done_.awaited()) StartRead();
    return;
  }
  if (begin_ == end_ && begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, n);
    begin_ = end_ = 0;
  }
  end_ += n;
  arrived_ = arrived_ || n > 0;
  input_error_ = error;
  if (read_done_.awaited()) {
    read_done_.Notify();
  } else if (on_input_end_) {
    if (input_error_) {
      on_input_end_();
    } else {
      StartRead();
    }
  }
}

Awaitable<error_code> Stream::Read() {
  if (!arrived_ && !input_error_) {
    StartRead();
    if (!reading_)
      co_return input_error_ ? input_error_
                             : asio::error::make_error_code(asio::error::no_buffer_space);
    co_await read_done_.Wait();
    if (std::exchange(interrupted_, false)) co_return asio::error::timed_out;
  }
  co_return std::exchange(arrived_, false) ? error_code{} : input_error_;
}

void Stream::InterruptRead() {
  if (!read_done_.awaited()) return;
  interrupted_ = true;
  read_done_.Notify();
}

Awaitable<error_code> Stream::Write(std::span<asio::const_buffer> buffers) {
  if (tls_) return WriteSlow(buffers);
  error_code error;
  const std::size_t sent = socket_.write_some(buffers, error);
  buffers = Advance(buffers, sent);
  if (!buffers.empty() && (!error || error == asio::error::would_block)) return WriteSlow(buffers);
  return [](error_code result) -> Awaitable<error_code> { co_return result; }(error);
}

Awaitable<error_code> Stream::WriteSlow(std::span<asio::const_buffer> buffers) {
  if (tls_) {
    const auto [error, n] = co_await asio::async_write(*tls_, buffers, kAwaitTuple);
    co_return error;
  }
  const auto [error, n] = co_await asio::async_write(socket_, buffers, kAwaitTuple);
  co_return error;
}

void Stream::Close() {
  error_code ignored;
  socket_.close(ignored);
}

void Stream::ShutdownOutput() {
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

}  // namespace routellm::net
