#include "gateway/request_reader.h"

#include <fmt/format.h>

#include <array>
#include <utility>
#include <vector>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

namespace routellm::gateway {

using net::Awaitable;
using net::error_code;
using net::http::field;

namespace {

constexpr std::size_t kPipelineRoom =
    1024;  // behind a body, so that a read can watch the connection
constexpr std::size_t kKeptBody = 1 << 20;

static_assert(net::Stream::kPadding >= openai::RequestParser::kPadding);

// Fields that concern one connection only (RFC 9110, section 7.6.1), that this gateway writes
// itself (the body is known to be JSON), or that belong to the client alone. No compressed answer
// is asked for: it would hide its usage, and no error event could be put into it.
bool IsForwarded(const net::HttpField& header) {
  switch (header.id) {
    case field::connection:
    case field::proxy_connection:
    case field::keep_alive:
    case field::te:
    case field::trailer:
    case field::transfer_encoding:
    case field::upgrade:
    case field::expect:
    case field::host:
    case field::accept_encoding:
    case field::content_length:
    case field::content_type:
    case field::authorization:
    case field::proxy_authorization:
    case field::cookie:
      return false;
    case field::unknown:
      break;
    default:
      return true;
  }
  using boost::beast::iequals;
  return !iequals(header.name, "api-key") && !iequals(header.name, "x-api-key");
}

}  // namespace

RequestReader::RequestReader(EventLoop& loop, Client& client, ClientRequest& request)
    : loop_(loop), client_(client), request_(request) {}

RequestReader::Outcome RequestReader::Fail(ErrorCode code, std::string message) {
  error_ = Error{code, std::move(message), {}};
  return Outcome::kFailed;
}

Awaitable<RequestReader::Outcome> RequestReader::Read() {
  idle_ = true;
  request_.method = net::http::verb::unknown;
  request_.keep_alive = true;
  request_.is_http10 = false;
  request_.body = {};
  request_.path.clear();
  const Outcome head = co_await ReadHead();
  if (head != Outcome::kRequest) co_return head;

  net::RequestParser parser(loop_.limits().max_body_bytes);
  const std::string_view head_text = client_.stream->input().substr(0, unread_);
  if (const error_code error = parser.ParseHead(head_text)) {
    if (error == net::http::error::body_limit) {
      co_return Fail(ErrorCode::kPayloadTooLarge, fmt::format("the request body is over {} bytes",
                                                              loop_.limits().max_body_bytes));
    }
    co_return Fail(ErrorCode::kInvalidRequest, "malformed HTTP request: " + error.message());
  }
  TakeFields(parser);
  co_return co_await ReadBody(parser);
}

// Leaves the head in the stream's input and its length in unread_.
Awaitable<RequestReader::Outcome> RequestReader::ReadHead() {
  net::Stream& stream = *client_.stream;
  net::Clock::time_point begun;
  while (true) {
    // Empty lines before a request are skipped (RFC 9112, section 2.2).
    while (stream.input().starts_with("\r\n")) stream.Consume(2);
    const std::string_view input = stream.input();
    if (const auto end = net::FindHeadEnd(input)) {
      loop_.NextRequestId(request_.id);
      idle_ = false;
      unread_ = *end;
      if (unread_ > loop_.limits().max_header_bytes) break;
      co_return Outcome::kRequest;
    }
    if (input.size() > loop_.limits().max_header_bytes) break;
    if (idle_ && !input.empty()) {
      idle_ = false;
      begun = loop_.coarse_now();
      loop_.NextRequestId(request_.id);
    }
    if (idle_ && loop_.stopping()) co_return Outcome::kEnded;
    if (stream.full()) stream.Reserve(stream.input().size() + kClientBuffer);
    client_.watchdog.WatchRead(
        stream, idle_ ? loop_.limits().client_idle_timeout
                      : begun + loop_.limits().client_header_timeout - loop_.coarse_now());
    const error_code error = co_await stream.Read();
    if (error == net::asio::error::timed_out && !idle_) {
      co_return Fail(ErrorCode::kRequestTimeout, "the request's header took too long");
    }
    if (error) co_return Outcome::kEnded;
  }
  co_return Fail(ErrorCode::kHeadersTooLarge, fmt::format("the request's header is over {} bytes",
                                                          loop_.limits().max_header_bytes));
}

void RequestReader::TakeFields(const net::RequestParser& parser) {
  request_.method = parser.method();
  request_.path = parser.target().substr(0, parser.target().find('?'));
  request_.is_http10 = parser.version() == 10;
  request_.keep_alive = parser.keep_alive() && !loop_.stopping();
  request_.authorization = parser.Find(field::authorization);
  request_.forwarded_fields.clear();
  for (const net::HttpField& header : parser.fields()) {
    if (!IsForwarded(header) || parser.IsHopByHop(header.name)) continue;
    request_.forwarded_fields.append(header.name).append(": ").append(header.value).append("\r\n");
  }
}

Awaitable<RequestReader::Outcome> RequestReader::ReadBody(net::RequestParser& parser) {
  const std::size_t length = parser.content_length().value_or(0);
  const bool awaits_continue = !request_.is_http10 && !parser.Find(field::expect).empty() &&
                               client_.stream->input().size() == unread_ &&
                               (parser.chunked() || length > 0);
  if (awaits_continue && !co_await AcceptContinue()) co_return Outcome::kEnded;
  if (parser.chunked()) co_return co_await ReadChunkedBody(parser);
  if (length > 0) co_return co_await ReadSizedBody(length);
  co_return Outcome::kRequest;
}

Awaitable<bool> RequestReader::AcceptContinue() {
  std::array<net::asio::const_buffer, 1> buffers = {
      net::asio::buffer(std::string_view("HTTP/1.1 100 Continue\r\n\r\n"))};
  client_.watchdog.WatchWrite(*client_.stream, loop_.limits().client_write_timeout);
  const error_code error = co_await client_.stream->Write(buffers);
  co_return !error;
}

Awaitable<RequestReader::Outcome> RequestReader::ReadSizedBody(std::size_t length) {
  net::Stream& stream = *client_.stream;
  const std::size_t total = unread_ + length;
  if (stream.input().size() < total) stream.Reserve(total + kPipelineRoom);
  while (stream.input().size() < total) {
    client_.watchdog.WatchRead(stream, loop_.limits().client_body_timeout);
    const error_code error = co_await stream.Read();
    if (error == net::asio::error::timed_out) {
      co_return Fail(ErrorCode::kRequestTimeout, "the request's body took too long");
    }
    if (error) co_return Outcome::kEnded;
  }
  // Where the body fills the buffer, too.
  if (stream.full()) stream.Reserve(stream.input().size() + kPipelineRoom);
  request_.body = stream.input().substr(unread_, length);
  unread_ = total;
  co_return Outcome::kRequest;
}

Awaitable<RequestReader::Outcome> RequestReader::ReadChunkedBody(net::RequestParser& parser) {
  net::Stream& stream = *client_.stream;
  stream.Consume(std::exchange(unread_, 0));
  chunked_body_.clear();
  std::vector<std::string_view> content;
  while (true) {
    content.clear();
    error_code error;
    const std::size_t used = parser.ParseBody(stream.input(), content, error);
    for (const std::string_view piece : content) chunked_body_ += piece;
    stream.Consume(used);
    if (error == net::http::error::body_limit ||
        chunked_body_.size() > loop_.limits().max_body_bytes) {
      co_return Fail(ErrorCode::kPayloadTooLarge, fmt::format("the request body is over {} bytes",
                                                              loop_.limits().max_body_bytes));
    }
    if (error) {
      co_return Fail(ErrorCode::kInvalidRequest,
                     "malformed chunk in the request: " + error.message());
    }
    if (parser.done()) break;
    // A line of chunk framing that fills the buffer belongs to no honest client.
    if (stream.full() && stream.input().size() >= kClientBuffer) {
      co_return Fail(ErrorCode::kInvalidRequest, "malformed chunk in the request");
    }
    if (stream.full()) stream.Reserve(kClientBuffer);
    client_.watchdog.WatchRead(stream, loop_.limits().client_body_timeout);
    error = co_await stream.Read();
    if (error == net::asio::error::timed_out) {
      co_return Fail(ErrorCode::kRequestTimeout, "the request's body took too long");
    }
    if (error) co_return Outcome::kEnded;
  }
  const std::size_t size = chunked_body_.size();
  chunked_body_.append(net::Stream::kPadding, '\0');
  request_.body = std::string_view(chunked_body_).substr(0, size);
  co_return Outcome::kRequest;
}

void RequestReader::Release() {
  client_.stream->Consume(std::exchange(unread_, 0));
  if (chunked_body_.capacity() > kKeptBody) chunked_body_ = {};
  client_.stream->ShrinkToInitial();
}

}  // namespace routellm::gateway
