#include "mock/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <nlohmann/json.hpp>

namespace routellm::mock {
namespace {

namespace asio = boost::asio;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kReadBytes = 16 * 1024;

std::string ModelsBody(std::string_view model) {
  return nlohmann::json{
      {"object", "list"},
      {"data",
       {{{"id", model}, {"object", "model"}, {"created", 1700000000}, {"owned_by", "mock"}}}}}
      .dump();
}

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, const Options& options, Journal& journal)
    : socket_(std::move(socket)),
      timer_(socket_.get_executor()),
      options_(options),
      journal_(journal) {}

asio::awaitable<void> Connection::Run() {
  const auto self = shared_from_this();
  ++journal_.connections;
  while (const auto request = co_await Read()) {
    if (stale_) break;
    const auto raw_bytes = request->raw.size();
    if (co_await Reply(*request) == Next::kClose) break;
    buffer_.erase(0, raw_bytes);
  }
  boost::system::error_code ignored;
  socket_.close(ignored);
}

asio::awaitable<std::optional<HttpRequest>> Connection::Read() {
  bool continued = false;
  for (;;) {
    auto state = ReadRequest(buffer_);
    if (!state) {
      co_await Send(
          Answer::Json(400, ErrorBody(state.error().ToString(), "invalid_request_error")).Next());
      co_return std::nullopt;
    }
    if (state->request) co_return std::move(state->request);
    if (state->wants_continue && !std::exchange(continued, true)) {
      if (!co_await Send("HTTP/1.1 100 Continue\r\n\r\n")) co_return std::nullopt;
    }
    const auto filled = buffer_.size();
    buffer_.resize(filled + std::max(kReadBytes, filled));
    const auto [error, bytes] = co_await socket_.async_read_some(
        asio::buffer(buffer_.data() + filled, buffer_.size() - filled), kAwait);
    buffer_.resize(filled + bytes);
    if (error) co_return std::nullopt;
  }
}

asio::awaitable<Connection::Next> Connection::Reply(const HttpRequest& request) {
  if (request.method == "POST" && request.target == "/v1/chat/completions")
    co_return co_await ReplyToChat(request);
  const auto get = [&](std::string_view target) {
    return request.method == "GET" && request.target == target;
  };
  auto answer = get("/health")          ? Answer::Json(200, R"({"status":"ok"})")
                : get("/v1/models")     ? Answer::Json(200, ModelsBody(options_.model))
                : get("/mock/requests") ? Answer::Json(200, journal_.RequestsJson())
                : get("/mock/stats")
                    ? Answer::Json(200, journal_.StatsJson())
                    : Answer::Json(404, ErrorBody("no such resource", "invalid_request_error"));
  const bool sent = co_await Send(answer.Next());
  co_return sent&& request.keep_alive ? Next::kKeepAlive : Next::kClose;
}

asio::awaitable<Connection::Next> Connection::ReplyToChat(const HttpRequest& request) {
  ++journal_.requests;
  journal_.Record(request.raw);
  const auto chat = ReadChatRequest(request.body, options_.shape);
  if (!chat) {
    const auto body = ErrorBody(chat.error().ToString(), "invalid_request_error");
    const bool sent = co_await Send(Answer::Json(400, body).Next());
    ++journal_.broken;
    co_return sent&& request.keep_alive ? Next::kKeepAlive : Next::kClose;
  }
  const auto next = co_await Play(*chat);
  co_return request.keep_alive ? next : Next::kClose;
}

asio::awaitable<Connection::Next> Connection::Play(const ChatRequest& request) {
  const auto& script = request.script;
  auto answer = Answer::ToChat(request, options_.model);
  auto due = Clock::now() + script.shape.first_token;
  if (!request.stream) due += script.shape.token * script.shape.chunks;
  bool client_there = co_await WaitUntil(due);
  std::size_t sent = 0;
  for (auto piece = answer.Next(); client_there && !piece.empty(); piece = answer.Next()) {
    if (script.broken && script.broken->after_pieces == sent)
      co_return co_await BreakOff(script.broken->kind);
    if (sent > 1 && request.stream) client_there = co_await WaitUntil(due += script.shape.token);
    client_there = client_there && co_await SendTrickling(piece, script);
    ++sent;
  }
  StopWatching();
  ++(client_there ? journal_.completed : journal_.aborted);
  stale_ = script.stale;
  const bool closes = script.hang_up || script.framing == Framing::kClose || !script.raw.empty();
  co_return client_there && !closes ? Next::kKeepAlive : Next::kClose;
}

asio::awaitable<Connection::Next> Connection::BreakOff(Break::Kind kind) {
  if (kind == Break::Kind::kStall) {
    co_await WaitUntil(Clock::time_point::max());
    ++journal_.aborted;
    co_return Next::kClose;
  }
  ++journal_.broken;
  if (kind == Break::Kind::kReset) {
    boost::system::error_code ignored;
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  }
  co_return Next::kClose;
}

asio::awaitable<bool> Connection::SendTrickling(std::string_view bytes, const Script& script) {
  if (script.trickle_bytes == 0) co_return co_await Send(bytes);
  while (!bytes.empty()) {
    const auto drop = bytes.substr(0, script.trickle_bytes);
    if (!co_await Send(drop) || !co_await WaitUntil(Clock::now() + script.shape.token))
      co_return false;
    bytes.remove_prefix(drop.size());
  }
  co_return true;
}

asio::awaitable<bool> Connection::Send(std::string_view bytes) {
  const auto [error, sent] = co_await asio::async_write(socket_, asio::buffer(bytes), kAwait);
  co_return !error;
}

asio::awaitable<bool> Connection::WaitUntil(Clock::time_point due) {
  if (due <= Clock::now()) co_return !client_left_;
  WatchForHangUp();
  timer_.expires_at(due);
  if (!client_left_) co_await timer_.async_wait(kAwait);
  co_return !client_left_;
}

void Connection::WatchForHangUp() {
  if (std::exchange(watching_, true)) return;
  socket_.async_wait(asio::socket_base::wait_read,
                     [self = shared_from_this()](boost::system::error_code error) {
                       if (error == asio::error::operation_aborted) return;
                       char byte = 0;
                       const auto peeked =
                           ::recv(self->socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
                       if (peeked > 0 || (peeked < 0 && errno == EAGAIN))
                         return;  // the client's next request
                       self->client_left_ = true;
                       self->timer_.cancel();
                     });
}

void Connection::StopWatching() {
  boost::system::error_code ignored;
  if (std::exchange(watching_, false)) socket_.cancel(ignored);
}

}  // namespace routellm::mock
