#include "gateway/session.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <iterator>
#include <utility>

#include "openai/error_body.h"

namespace routellm::gateway {

using net::Awaitable;
using net::error_code;

namespace {

constexpr std::chrono::seconds kLinger(2);
constexpr std::size_t kMaxLingerBytes = 16 << 20;

}  // namespace

Session::Session(EventLoop& loop, net::TcpSocket socket, bool overloaded)
    : loop_(loop),
      client_(std::make_shared<net::Stream>(std::move(socket), kClientBuffer), loop.coarse_now()),
      reader_(loop, client_, request_),
      overloaded_(overloaded) {}

Session::~Session() = default;

void Session::Check() { client_.watchdog.Check(); }

void Session::Stop() {
  if (reader_.idle()) client_.stream->InterruptRead();
}

void Session::Abort() {
  client_.stream->Close();
  if (abort_exchange_) abort_exchange_();
}

Awaitable<> Session::Run() {
  if (overloaded_) {
    loop_.NextRequestId(request_.id);
    const Error error = {ErrorCode::kOverloaded, "too many connections", {}};
    co_await Refuse(error);
  } else {
    co_await Serve();
  }
  if (!client_.stream->input_ended() && (overloaded_ || !reader_.idle())) co_await Linger();
  client_.watchdog.Rest();
  client_.stream->Close();
}

Awaitable<> Session::Serve() {
  do {
    const RequestReader::Outcome outcome = co_await reader_.Read();
    if (outcome == RequestReader::Outcome::kEnded) co_return;
    if (outcome == RequestReader::Outcome::kFailed) co_return co_await Refuse(reader_.error());
    co_await Dispatch();
    reader_.Release();
  } while (request_.keep_alive && !loop_.stopping() && !client_.stream->input_ended());
}

Awaitable<> Session::Refuse(const Error& error) {
  request_.keep_alive = false;
  const Reply reply = ErrorReply(error);
  co_await Send(reply);
  loop_.metrics().Record({.status = reply.status});
}

// A close with unread input resets the connection and may take the answer with it: waits until the
// client has seen the end.
Awaitable<> Session::Linger() {
  client_.stream->ShutdownOutput();
  const auto deadline = net::Clock::now() + kLinger;
  std::size_t dropped = 0;
  while (dropped < kMaxLingerBytes && net::Clock::now() < deadline) {
    client_.watchdog.WatchRead(*client_.stream, kLinger);
    if (co_await client_.stream->Read()) break;
    dropped += client_.stream->input().size();
    client_.stream->Consume(client_.stream->input().size());
  }
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
