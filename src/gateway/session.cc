#include "gateway/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include "gateway/exchange.h"
#include "gateway/resources.h"
#include "openai/error_body.h"

namespace routellm::gateway {

using net::Awaitable;
using net::error_code;
using net::http::field;

namespace {

constexpr std::size_t kInitialBuffer = 8 * 1024;
constexpr std::size_t kPipelineRoom =
    1024;  // behind a body, so that a read can watch the connection
constexpr std::size_t kKeptBody = 1 << 20;
constexpr std::chrono::seconds kLinger(2);
constexpr std::size_t kMaxLingerBytes = 16 << 20;

static_assert(net::Stream::kPadding >= openai::RequestParser::kPadding);

// Fields that concern one connection only (RFC 9110, section 7.6.1), that this gateway writes
// itself, or that belong to the client alone.
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
    case field::content_length:
    case field::authorization:
    case field::proxy_authorization:
    case field::cookie:
      return false;
    case field::unknown:
      break;
    default:
      return true;
  }
  const auto is = [&](std::string_view name) {
    return std::equal(header.name.begin(), header.name.end(), name.begin(), name.end(),
                      [](char a, char b) { return (a | 0x20) == (b | 0x20); });
  };
  return !is("api-key") && !is("x-api-key");
}

// True if the comma-separated list of `connection` names `name`.
bool IsListed(std::string_view list, std::string_view name) {
  return boost::beast::http::token_list(boost::beast::string_view(list.data(), list.size()))
      .exists(boost::beast::string_view(name.data(), name.size()));
}

}  // namespace

Session::Session(EventLoop& loop, net::TcpSocket socket, bool overloaded)
    : loop_(loop),
      client_(std::make_shared<net::Stream>(std::move(socket), kInitialBuffer), loop.coarse_now()),
      overloaded_(overloaded) {}

Session::~Session() = default;

void Session::Check() { client_.watchdog.Check(); }

void Session::Stop() {
  if (idle_) client_.stream->InterruptRead();
}

void Session::Abort() {
  client_.stream->Close();
  if (abort_exchange_) abort_exchange_();
}

Awaitable<> Session::Run() {
  do {
    Reading reading = Reading::kFailed;
    if (overloaded_) {
      FailReading(ErrorCode::kOverloaded, "too many connections");
    } else {
      reading = co_await ReadRequest();
    }
    if (reading == Reading::kEnded) break;
    if (reading == Reading::kFailed) {
      request_.keep_alive = false;
      const Reply reply = ErrorReply(reading_error_);
      co_await Send(reply);
      loop_.metrics().Record({.status = reply.status});
    } else {
      co_await Dispatch();
    }
    client_.stream->Consume(std::exchange(unread_, 0));
    if (chunked_body_.capacity() > kKeptBody) chunked_body_ = {};
    client_.stream->ShrinkToInitial();
  } while (request_.keep_alive && !loop_.stopping() && !client_.stream->input_ended());
  if (!client_.stream->input_ended()) co_await Linger();
  client_.watchdog.Rest();
  client_.stream->Close();
}

// A close with unread input resets the connection and may take the answer with it: waits until the
// client has seen the end.
Awaitable<> Session::Linger() {
  client_.stream->ShutdownOutput();
  const auto deadline = net::Clock::now() + kLinger;
  std::size_t dropped = 0;
  while (!idle_ && dropped < kMaxLingerBytes && net::Clock::now() < deadline) {
    client_.watchdog.WatchRead(*client_.stream, kLinger);
    if (co_await client_.stream->Read()) break;
    dropped += client_.stream->input().size();
    client_.stream->Consume(client_.stream->input().size());
  }
}

Session::Reading Session::FailReading(ErrorCode code, std::string message) {
  idle_ = false;
  reading_error_ = Error{code, std::move(message), {}};
  return Reading::kFailed;
}

Awaitable<Session::Reading> Session::ReadRequest() {
  idle_ = true;
  request_.keep_alive = true;
  request_.is_http10 = false;
  request_.body = {};
  request_.path.clear();
  const Reading head = co_await ReadHead();
  if (head != Reading::kRequest) co_return head;

  net::RequestParser parser(loop_.limits().max_body_bytes);
  const std::string_view head_text = client_.stream->input().substr(0, unread_);
  if (const error_code error = parser.ParseHead(head_text)) {
    if (error == net::http::error::body_limit) {
      co_return FailReading(
          ErrorCode::kPayloadTooLarge,
          fmt::format("the request body is over {} bytes", loop_.limits().max_body_bytes));
    }
    co_return FailReading(ErrorCode::kInvalidRequest, "malformed HTTP request: " + error.message());
  }
  TakeFields(parser);
  co_return co_await ReadBody(parser);
}

// Leaves the head in the stream's input and its length in unread_.
Awaitable<Session::Reading> Session::ReadHead() {
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
      co_return Reading::kRequest;
    }
    if (input.size() > loop_.limits().max_header_bytes) break;
    if (idle_ && !input.empty()) {
      idle_ = false;
      begun = loop_.coarse_now();
      loop_.NextRequestId(request_.id);
    }
    if (idle_ && loop_.stopping()) co_return Reading::kEnded;
    if (stream.full()) stream.Reserve(stream.input().size() + kInitialBuffer);
    client_.watchdog.WatchRead(
        stream, idle_ ? loop_.limits().client_idle_timeout
                      : begun + loop_.limits().client_header_timeout - loop_.coarse_now());
    const error_code error = co_await stream.Read();
    if (error == net::asio::error::timed_out && !idle_) {
      co_return FailReading(ErrorCode::kRequestTimeout, "the request's header took too long");
    }
    if (error) co_return Reading::kEnded;
  }
  co_return FailReading(
      ErrorCode::kHeadersTooLarge,
      fmt::format("the request's header is over {} bytes", loop_.limits().max_header_bytes));
}

void Session::TakeFields(const net::RequestParser& parser) {
  request_.method = parser.method();
  request_.path = parser.target().substr(0, parser.target().find('?'));
  request_.is_http10 = parser.version() == 10;
  request_.keep_alive = parser.keep_alive() && !loop_.stopping();
  request_.authorization = parser.Find(field::authorization);
  request_.forwarded_fields.clear();
  const std::string_view connection = parser.Find(field::connection);
  for (const net::HttpField& header : parser.fields()) {
    if (!IsForwarded(header) || (!connection.empty() && IsListed(connection, header.name)))
      continue;
    request_.forwarded_fields.append(header.name).append(": ").append(header.value).append("\r\n");
  }
}

Awaitable<Session::Reading> Session::ReadBody(net::RequestParser& parser) {
  const std::size_t length = parser.content_length().value_or(0);
  const bool awaits_continue = !request_.is_http10 && !parser.Find(field::expect).empty() &&
                               client_.stream->input().size() == unread_ &&
                               (parser.chunked() || length > 0);
  if (awaits_continue && !co_await AcceptContinue()) co_return Reading::kEnded;
  if (parser.chunked()) co_return co_await ReadChunkedBody(parser);
  if (length > 0) co_return co_await ReadSizedBody(length);
  co_return Reading::kRequest;
}

Awaitable<bool> Session::AcceptContinue() {
  std::array<net::asio::const_buffer, 1> buffers = {
      net::asio::buffer(std::string_view("HTTP/1.1 100 Continue\r\n\r\n"))};
  client_.watchdog.WatchWrite(*client_.stream, loop_.limits().client_write_timeout);
  const error_code error = co_await client_.stream->Write(buffers);
  co_return !error;
}

Awaitable<Session::Reading> Session::ReadSizedBody(std::size_t length) {
  net::Stream& stream = *client_.stream;
  const std::size_t total = unread_ + length;
  if (stream.input().size() < total) stream.Reserve(total + kPipelineRoom);
  while (stream.input().size() < total) {
    client_.watchdog.WatchRead(stream, loop_.limits().client_body_timeout);
    const error_code error = co_await stream.Read();
    if (error == net::asio::error::timed_out) {
      co_return FailReading(ErrorCode::kRequestTimeout, "the request's body took too long");
    }
    if (error) co_return Reading::kEnded;
  }
  request_.body = stream.input().substr(unread_, length);
  unread_ = total;
  co_return Reading::kRequest;
}

Awaitable<Session::Reading> Session::ReadChunkedBody(net::RequestParser& parser) {
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
      co_return FailReading(
          ErrorCode::kPayloadTooLarge,
          fmt::format("the request body is over {} bytes", loop_.limits().max_body_bytes));
    }
    if (error) {
      co_return FailReading(ErrorCode::kInvalidRequest,
                            "malformed chunk in the request: " + error.message());
    }
    if (parser.done()) break;
    // A line of chunk framing that fills the buffer belongs to no honest client.
    if (stream.full() && stream.input().size() >= kInitialBuffer) {
      co_return FailReading(ErrorCode::kInvalidRequest, "malformed chunk in the request");
    }
    if (stream.full()) stream.Reserve(kInitialBuffer);
    client_.watchdog.WatchRead(stream, loop_.limits().client_body_timeout);
    error = co_await stream.Read();
    if (error == net::asio::error::timed_out) {
      co_return FailReading(ErrorCode::kRequestTimeout, "the request's body took too long");
    }
    if (error) co_return Reading::kEnded;
  }
  const std::size_t size = chunked_body_.size();
  chunked_body_.append(net::Stream::kPadding, '\0');
  request_.body = std::string_view(chunked_body_).substr(0, size);
  co_return Reading::kRequest;
}

// An answer of the gateway's own. Named and complete before it is awaited: GCC 12 destroys
// temporaries of aggregate types in a co_await expression twice.
Session::Reply Session::ErrorReply(const Error& error, std::string fields) {
  return {openai::ToHttpStatus(error.code), "application/json", openai::ErrorBody(error),
          std::move(fields)};
}

Awaitable<> Session::Dispatch() {
  const Resource* resource = FindResource(request_.path);
  if (resource != nullptr && resource->kind == Resource::Kind::kChat &&
      request_.method == net::http::verb::post) {
    co_return co_await HandleChat();
  }
  const Reply reply = Answer(resource);
  co_await Send(reply);
}

Session::Reply Session::Answer(const Resource* resource) {
  using net::http::verb;
  if (resource == nullptr) {
    return ErrorReply(
        {ErrorCode::kNotFound, "there is no '" + Shorten(request_.path) + "' here", {}});
  }
  const bool is_get = resource->method == verb::get;
  if (request_.method != resource->method && !(is_get && request_.method == verb::head)) {
    return ErrorReply(
        {ErrorCode::kMethodNotAllowed, "this method is not allowed on '" + request_.path + "'", {}},
        is_get ? "allow: GET, HEAD\r\n" : "allow: POST\r\n");
  }
  switch (resource->kind) {
    case Resource::Kind::kModels:
      return {200, "application/json", ModelsBody(loop_.pipeline()), {}};
    case Resource::Kind::kHealth:
      if (loop_.stopping()) return {503, "application/json", R"({"status":"stopping"})", {}};
      return {200, "application/json", R"({"status":"online"})", {}};
    case Resource::Kind::kMetrics:
      return {200, "text/plain; version=0.0.4; charset=utf-8", loop_.ExposeAllMetrics(), {}};
    case Resource::Kind::kRoute:
    case Resource::Kind::kChat:
      break;
  }
  return AnswerRoute();
}

Session::Reply Session::AnswerRoute() {
  const auto view = loop_.request_parser().Parse(request_.body);
  if (!view) return ErrorReply(view.error());
  if (const auto complete = openai::RequireRoutable(*view); !complete)
    return ErrorReply(complete.error());
  const auto decision = loop_.pipeline().Decide(*view);
  if (!decision) return ErrorReply(decision.error());
  return {200, "application/json", DecisionBody(*decision, view->id), {}};
}

Result<Session::ChatPlan> Session::PlanChat() {
  const auto view = loop_.request_parser().Parse(request_.body);
  if (!view) return tl::unexpected(view.error());
  if (const auto complete = openai::RequireChat(*view); !complete)
    return tl::unexpected(complete.error());
  const auto decision = loop_.pipeline().Decide(*view);
  if (!decision) return tl::unexpected(decision.error());
  return ChatPlan{*decision, {view->model_begin, view->model_end}};
}

Awaitable<> Session::HandleChat() {
  const auto start = net::Clock::now();
  loop_.metrics().requests_in_flight.Add();
  const Result<ChatPlan> plan = PlanChat();
  if (plan) {
    Exchange exchange(loop_, client_, request_, plan->decision, plan->model_place, start);
    abort_exchange_ = [&exchange] { exchange.Abort(); };
    const Result<void> done = co_await exchange.Run();
    abort_exchange_ = nullptr;
    if (!done) {
      const Reply reply = ErrorReply(done.error(), exchange.decision_fields());
      co_await Send(reply);
    }
    loop_.metrics().Record(exchange.record());
  } else {
    const Reply reply = ErrorReply(plan.error());
    co_await Send(reply);
    loop_.metrics().Record({.status = reply.status});
  }
  loop_.metrics().requests_in_flight.Subtract();
}

Awaitable<> Session::Send(const Reply& reply) {
  head_.clear();
  BeginResponse(request_, reply.status, ReasonPhrase(reply.status), head_);
  fmt::format_to(std::back_inserter(head_),
                 FMT_STRING("{}content-type: {}\r\ncontent-length: {}\r\n\r\n"), reply.fields,
                 reply.content_type, reply.body.size());
  const std::size_t body_size = request_.method == net::http::verb::head ? 0 : reply.body.size();
  std::array<net::asio::const_buffer, 2> buffers = {
      net::asio::buffer(head_), net::asio::buffer(reply.body.data(), body_size)};
  client_.watchdog.WatchWrite(*client_.stream, loop_.limits().client_write_timeout);
  const error_code error = co_await client_.stream->Write(buffers);
  client_.watchdog.Rest();
  if (error) request_.keep_alive = false;
}

}  // namespace routellm::gateway
