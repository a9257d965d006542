#include "gateway/exchange.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <array>
#include <iterator>
#include <utility>

#include <boost/beast/core/string.hpp>

#include "gateway/resources.h"
#include "openai/error_body.h"
#include "openai/sse.h"

namespace routellm::gateway {

namespace asio = net::asio;
using net::Awaitable;
using net::Clock;
using net::error_code;
using net::http::field;

namespace {

constexpr std::size_t kMaxResponseHead = 64 * 1024;
constexpr std::size_t kMaxChunkFraming = 64 * 1024;
constexpr unsigned kNoContent = 204;
constexpr std::string_view kOwnFields = "x-routellm-";

Error Stopping() {
  return {ErrorCode::kOverloaded, "the gateway is stopping", "shutdown_grace is over"};
}

Error BrokenOff(ErrorCode code, std::string reason) {
  return {code, "the upstream broke off its answer", std::move(reason)};
}

// Without regard to the case of letters.
bool StartsWith(std::string_view text, std::string_view prefix) {
  return boost::beast::iequals(text.substr(0, prefix.size()), prefix);
}

bool IsRelayed(const net::ResponseParser& response, const net::HttpField& header) {
  switch (header.id) {
    case field::connection:
    case field::proxy_connection:
    case field::keep_alive:
    case field::trailer:
    case field::transfer_encoding:
    case field::upgrade:
    case field::content_length:
      return false;
    default:
      break;
  }
  // Those of a gateway behind this one tell of other decisions.
  return !StartsWith(header.name, kOwnFields) && !response.IsHopByHop(header.name);
}

}  // namespace

Exchange::Exchange(EventLoop& loop, Client& client, ClientRequest& request,
                   const Decision& decision, ModelPlace model_place, Clock::time_point start)
    : loop_(loop),
      client_(client),
      request_(request),
      decision_(decision),
      model_place_(model_place),
      start_(start),
      end_(start) {
  AppendDecisionFields(decision_, decision_fields_);
}

void Exchange::Abort() {
  client_gone_ = true;
  client_.stream->Close();
  if (upstream_) upstream_->Close();
}

void Exchange::CutOff() {
  cut_off_ = true;
  if (upstream_) upstream_->Close();
}

RequestRecord Exchange::record() const {
  return {.decision = decision_,
          .status = client_gone_ ? kClientGone : status_,
          .total = end_ - start_,
          .upstream_wait = upstream_wait_,
          .first_byte = first_byte_,
          .usage = usage_ ? usage_->Finish() : std::nullopt};
}

Awaitable<Result<void>> Exchange::Run() {
  // From here on the client sends nothing that concerns this request: the read that waits for its
  // next one sees it go.
  client_.stream->OnInputEnd([this] { Abort(); });
  client_.stream->StartRead();
  bool may_retry = false;
  Result<void> done = co_await Attempt(may_retry);
  if (!done && may_retry && !client_gone_ && !cut_off_) done = co_await Attempt(may_retry);
  client_.stream->OnInputEnd(nullptr);
  client_.watchdog.Rest();
  end_ = Clock::now();
  if (client_gone_) {
    request_.keep_alive = false;
    done = {};
  }
  if (!done && cut_off_) done = tl::unexpected(Stopping());
  if (!done) {
    status_ = openai::ToHttpStatus(done.error().code);
    spdlog::warn("request {}: model {}: {}", request_.id, decision_.model->config.name,
                 done.error().ToString());
  } else if (loop_.verbose()) {
    spdlog::info("request {}: {} {} in {:.1f} ms", request_.id, decision_.model->config.name,
                 record().status, std::chrono::duration<double, std::milli>(end_ - start_).count());
  }
  co_return done;
}

// `may_retry`: the attempt failed on a connection that the upstream may have closed while it lay
// unused, without a byte of an answer; a fresh connection deserves another attempt.
Awaitable<Result<void>> Exchange::Attempt(bool& may_retry) {
  upstream::Origin& origin = loop_.origin(*decision_.model);
  const bool fresh_only = std::exchange(may_retry, false);
  upstream_ = fresh_only ? nullptr : origin.TakeIdle();
  const bool reused = upstream_ != nullptr;
  if (!reused) {
    const auto start = Clock::now();
    auto connection = co_await origin.Connect();
    upstream_wait_ += Clock::now() - start;
    if (!connection) co_return tl::unexpected(std::move(connection.error()));
    upstream_ = std::move(*connection);
    loop_.metrics().upstream_connects.Add();
    if (client_gone_) {
      ReleaseUpstream();
      co_return Result<void>();
    }
  }
  const auto sent = Clock::now();
  sent_ = !co_await SendRequest();
  const bool closed_here = !upstream_->socket().is_open();
  // An upstream that refuses a body may answer before it has read it.
  Result<void> head = co_await ReadResponseHead();
  if (!head && closed_here) {
    head = FailUpstream(ErrorCode::kUpstreamUnavailable,
                        "the upstream did not take the request in time", "sending");
  }
  if (!head) {
    may_retry = reused && !closed_here && upstream_->input().empty() &&
                head.error().code == ErrorCode::kUpstreamUnavailable;
    upstream_->Close();
    upstream_.reset();
    co_return head;
  }
  first_byte_ = Clock::now() - sent;
  co_await RelayResponse();
  ReleaseUpstream();
  co_return Result<void>();
}

Awaitable<error_code> Exchange::SendRequest() {
  const std::string_view body = request_.body;
  std::string length = "content-type: application/json\r\ncontent-length: ";
  AppendNumber(
      body.size() - (model_place_.end - model_place_.begin) + decision_.model->json_name.size(),
      length);
  length += "\r\n\r\n";
  const config::Endpoint& endpoint = decision_.model->config.endpoint;
  std::string authorization;
  if (endpoint.forward_authorization && endpoint.auth_header.empty() &&
      !request_.authorization.empty()) {
    authorization = "authorization: " + request_.authorization + "\r\n";
  }
  std::array<asio::const_buffer, 7> buffers = {
      asio::buffer(decision_.model->request_head),      asio::buffer(authorization),
      asio::buffer(request_.forwarded_fields),          asio::buffer(length),
      asio::buffer(body.substr(0, model_place_.begin)), asio::buffer(decision_.model->json_name),
      asio::buffer(body.substr(model_place_.end))};
  client_.watchdog.WatchWrite(*upstream_, loop_.limits().upstream_stall_timeout);
  const error_code error = co_await upstream_->Write(buffers);
  client_.watchdog.Rest();
  co_return error;
}

Awaitable<error_code> Exchange::ReadUpstream(Clock::duration limit) {
  const auto start = Clock::now();
  client_.watchdog.WatchRead(*upstream_, limit);
  const error_code error = co_await upstream_->Read();
  client_.watchdog.Rest();
  upstream_wait_ += Clock::now() - start;
  co_return error;
}

Result<void> Exchange::FailUpstream(ErrorCode code, std::string message,
                                    const std::string& reason) const {
  const upstream::Address& address = loop_.origin(*decision_.model).address();
  return Fail(code, std::move(message), address.host + ":" + address.port + ": " + reason);
}

// Reads until the head of the final answer stands in the upstream's input.
Awaitable<Result<void>> Exchange::ReadResponseHead() {
  const auto deadline = loop_.coarse_now() + loop_.limits().upstream_first_byte_timeout;
  while (true) {
    const auto end = net::FindHeadEnd(upstream_->input());
    if (end) {
      response_.emplace();
      if (const error_code error = response_->ParseHead(upstream_->input().substr(0, *end))) {
        co_return FailUpstream(ErrorCode::kUpstreamUnavailable, "the upstream's answer is not HTTP",
                               error.message());
      }
      response_head_size_ = *end;
      if (response_->status() >= 200) co_return Result<void>();
      upstream_->Consume(*end);
      continue;
    }
    if (upstream_->input().size() > kMaxResponseHead) {
      co_return FailUpstream(ErrorCode::kUpstreamUnavailable,
                             "the upstream's answer is not acceptable",
                             "its header is over 64 KiB");
    }
    if (upstream_->full()) upstream_->Reserve(2 * upstream_->input().size());
    const error_code error = co_await ReadUpstream(deadline - loop_.coarse_now());
    if (error == asio::error::timed_out) {
      co_return FailUpstream(ErrorCode::kUpstreamTimeout, "the upstream did not answer in time",
                             "no answer");
    }
    if (error) {
      co_return FailUpstream(ErrorCode::kUpstreamUnavailable,
                             "the upstream closed the connection without an answer",
                             error.message());
    }
  }
}

void Exchange::WriteResponseHead() {
  const bool no_body = response_->done();
  const bool has_length =
      response_->content_length().has_value() && response_->status() != kNoContent;
  is_event_stream_ = StartsWith(response_->Find(field::content_type), "text/event-stream");
  in_chunks_ = !has_length && !no_body && !request_.is_http10;
  if (!has_length && !no_body && request_.is_http10) request_.keep_alive = false;
  if (loop_.stopping()) request_.keep_alive = false;

  head_.clear();
  const std::string_view reason = response_->reason();
  BeginResponse(request_, response_->status(),
                reason.empty() ? ReasonPhrase(response_->status()) : reason, head_);
  head_ += decision_fields_;
  for (const net::HttpField& header : response_->fields()) {
    if (IsRelayed(*response_, header))
      head_.append(header.name).append(": ").append(header.value).append("\r\n");
  }
  if (in_chunks_) head_ += "transfer-encoding: chunked\r\n";
  if (has_length) {
    head_ += "content-length: ";
    AppendNumber(*response_->content_length(), head_);
    head_ += "\r\n";
  }
  head_ += "\r\n";
}

Awaitable<> Exchange::RelayResponse() {
  status_ = response_->status();
  WriteResponseHead();
  usage_.emplace(is_event_stream_);
  upstream_->Consume(response_head_size_);
  error_code error;
  while (true) {
    content_.clear();
    error_code malformed;
    const std::size_t used = response_->ParseBody(upstream_->input(), content_, malformed);
    for (const std::string_view piece : content_) usage_->Feed(piece);
    const bool ended =
        error == asio::error::eof && response_->until_end_of_input() && response_->EndOfInput();
    const bool done = response_->done() || ended;
    if (!content_.empty() || !head_.empty() || done) {
      if (!co_await WriteToClient(done)) co_return;
    }
    upstream_->Consume(used);
    if (done) co_return;
    if (malformed || error) {
      const bool stalled = !malformed && error == asio::error::timed_out;
      const Error why = cut_off_ ? Stopping()
                                 : BrokenOff(stalled ? ErrorCode::kUpstreamTimeout
                                                     : ErrorCode::kUpstreamUnavailable,
                                             malformed ? malformed.message() : error.message());
      co_await BreakOff(why);
      co_return;
    }
    // What is left is a piece of chunk framing.
    if (upstream_->input().size() > kMaxChunkFraming) {
      const Error why =
          BrokenOff(ErrorCode::kUpstreamUnavailable, "its chunk framing is over 64 KiB");
      co_await BreakOff(why);
      co_return;
    }
    if (upstream_->full()) upstream_->Reserve(upstream_->input().size() + 1);
    error = co_await ReadUpstream(loop_.limits().upstream_stall_timeout);
    if (client_gone_) co_return;
  }
}

// Sends head_ and content_; with `last` also the end of the body. False if the client cannot be
// written to.
Awaitable<bool> Exchange::WriteToClient(bool last) {
  buffers_.clear();
  if (!head_.empty()) buffers_.push_back(asio::buffer(head_));
  std::size_t size = 0;
  for (const std::string_view piece : content_) size += piece.size();
  if (in_chunks_ && size > 0) {
    chunk_head_.clear();
    AppendNumber(size, chunk_head_, 16);
    chunk_head_ += "\r\n";
    buffers_.push_back(asio::buffer(chunk_head_));
  }
  for (const std::string_view piece : content_) buffers_.push_back(asio::buffer(piece));
  if (in_chunks_) {
    const std::string_view tail =
        size > 0 ? (last ? "\r\n0\r\n\r\n" : "\r\n") : (last ? "0\r\n\r\n" : "");
    buffers_.push_back(asio::buffer(tail));
  }
  client_.watchdog.WatchWrite(*client_.stream, loop_.limits().client_write_timeout);
  const error_code error = co_await client_.stream->Write(buffers_);
  client_.watchdog.Rest();
  head_.clear();
  if (error) Abort();
  co_return !error;
}

// The answer ends before its end. An event stream gets an event that says so, and its
// end; another answer is cut, so that the client sees that it is not whole.
Awaitable<> Exchange::BreakOff(const Error& why) {
  spdlog::warn("request {}: model {}: {}", request_.id, decision_.model->config.name,
               why.ToString());
  status_ = openai::ToHttpStatus(why.code);
  upstream_->Close();
  if (!is_event_stream_ || !in_chunks_) {
    request_.keep_alive = false;
    client_.stream->Close();
    co_return;
  }
  const std::string event =
      (usage_->at_event_boundary() ? "" : "\n\n") + openai::EncodeSse(openai::ErrorBody(why));
  content_.assign(1, event);
  co_await WriteToClient(true);
}

void Exchange::ReleaseUpstream() {
  if (!upstream_) return;
  const bool reusable = !client_gone_ && sent_ &&
                        (!response_ || (response_->done() && response_->keep_alive())) &&
                        upstream_->input().empty() && !upstream_->input_ended();
  if (reusable) {
    loop_.origin(*decision_.model).Return(std::move(upstream_));
  } else {
    upstream_->Close();
  }
  upstream_.reset();
}

}  // namespace routellm::gateway
