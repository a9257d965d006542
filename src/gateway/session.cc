#include "gateway/session.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <array>
#include <chrono>
#include <iterator>
#include <utility>

#include "gateway/explanation_json.h"
#include "gateway/scoring.h"
#include "openai/error_body.h"

namespace routellm::gateway {

using net::Awaitable;
using net::error_code;

namespace {

constexpr std::chrono::seconds kLinger(2);
constexpr std::size_t kMaxLingerBytes = 16 << 20;
constexpr std::size_t kMaxReasons = 20;

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

void Session::CutOff() {
  if (exchange_ != nullptr) exchange_->CutOff();
}

void Session::Abort() {
  client_.stream->Close();
  if (exchange_ != nullptr) exchange_->Abort();
  if (abort_scoring_) abort_scoring_();
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
  const bool is_post = request_.method == net::http::verb::post;
  if (resource != nullptr && is_post && resource->kind == Resource::Kind::kChat)
    co_return co_await HandleChat();
  if (resource != nullptr && is_post && resource->kind == Resource::Kind::kRoute)
    co_return co_await HandleRoute();
  const Reply reply = Answer(resource);
  co_await Send(reply);
}

Session::Reply Session::Answer(const Resource* resource) {
  using net::http::verb;
  if (resource == nullptr) {
    return ErrorReply({ErrorCode::kNotFound,
                       fmt::format("there is no '{}' here; there are {}", Shorten(request_.path),
                                   ResourceNames()),
                       {}});
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
    case Resource::Kind::kModel: {
      const std::string name = ModelOfPath(request_.path);
      const auto offered = loop_.pipeline().Offers(name);
      if (!offered) return ErrorReply(offered.error());
      return {200, "application/json", ModelBody(name), {}};
    }
    case Resource::Kind::kMetrics:
      return {200, "text/plain; version=0.0.4; charset=utf-8", loop_.ExposeAllMetrics(), {}};
    case Resource::Kind::kHealth:
    case Resource::Kind::kRoute:  // both are dealt with where they come in
    case Resource::Kind::kChat:
      break;
  }
  if (loop_.stopping()) return {503, "application/json", R"({"status":"stopping"})", {}};
  return {200, "application/json", R"({"status":"online"})", {}};
}

Awaitable<> Session::HandleRoute() {
  Result<Plan> plan = MakePlan(openai::RequireRoutable);
  if (plan && !co_await Await(*plan)) co_return;
  const Reply reply = plan ? Reply{200,
                                   "application/json",
                                   DecisionBody(plan->decision, plan->id, Explain(plan->decision)),
                                   {}}
                           : ErrorReply(plan.error());
  co_await Send(reply);
}

// The explanation that the request asks for, as JSON: null from a router that has none to give, or
// whose work would keep the event loop. Empty if it asks for none.
std::string Session::Explain(const Decision& decision) {
  const auto view = loop_.request_parser().Parse(request_.body);
  if (!view || !view->explain) return {};
  if (decision.route == nullptr || decision.route->waits() || !view->prompt) return "null";
  const auto explanation = decision.route->router->Explain({.prompt = *view->prompt}, {});
  return explanation ? ExplanationJson(*explanation, kMaxReasons) : "null";
}

Result<Session::Plan> Session::MakePlan(Result<void> (*is_complete)(const openai::RequestView&)) {
  const auto view = loop_.request_parser().Parse(request_.body);
  if (!view) return tl::unexpected(view.error());
  if (const auto complete = is_complete(*view); !complete) return tl::unexpected(complete.error());
  const auto decision = loop_.pipeline().Decide(*view);
  if (!decision) return tl::unexpected(decision.error());
  // The view ends with the parser's next call, which may be another session's.
  const bool waits = decision->model == nullptr;
  return Plan{.decision = *decision,
              .model_place = {view->model_begin, view->model_end},
              .prompt = waits ? std::string(*view->prompt) : std::string(),
              .id = std::string(view->id)};
}

// Completes a decision that must wait. False if the client has left meanwhile.
Awaitable<bool> Session::Await(Plan& plan) {
  if (plan.decision.model != nullptr) co_return true;
  const Route& route = *plan.decision.route;
  Scoring scoring(loop_, route, std::move(plan.prompt));
  // As in Exchange: the read that waits for the client's next request sees it go.
  bool client_gone = false;
  abort_scoring_ = [&] {
    client_gone = true;
    scoring.Cancel();
  };
  client_.stream->OnInputEnd(abort_scoring_);
  client_.stream->StartRead();
  const auto start = net::Clock::now();
  const Result<WinRate> win_rate = co_await scoring.Run();
  client_.stream->OnInputEnd(nullptr);
  abort_scoring_ = nullptr;
  if (client_gone || client_.stream->input_ended()) {
    request_.keep_alive = false;
    co_return false;
  }
  Pipeline::Complete(win_rate, net::Clock::now() - start, plan.decision);
  if (!win_rate) {
    spdlog::warn("request {}: router {}: no win rate, the model is {}: {}", request_.id,
                 route.router_name, plan.decision.model->config.name, win_rate.error().ToString());
  }
  co_return true;
}

Awaitable<> Session::HandleChat() {
  const auto start = net::Clock::now();
  loop_.metrics().requests_in_flight.Add();
  Result<Plan> plan = MakePlan(openai::RequireChat);
  const bool client_waits = !plan || co_await Await(*plan);
  if (!client_waits) {
    loop_.metrics().Record({.status = kClientGone});
  } else if (plan) {
    Exchange exchange(loop_, client_, request_, plan->decision, plan->model_place, start);
    exchange_ = &exchange;
    const Result<void> done = co_await exchange.Run();
    exchange_ = nullptr;
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
