#include "gateway/event_loop.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <map>
#include <random>
#include <utility>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "gateway/session.h"

namespace routellm::gateway {
namespace asio = net::asio;

namespace {

constexpr std::chrono::milliseconds kTick(100);
constexpr std::chrono::milliseconds kAcceptPause(50);
constexpr std::chrono::milliseconds kLastWords(500);  // to clients that are cut off

std::string RandomPrefix() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

}  // namespace

EventLoop::EventLoop(const Shared& shared)
    : shared_(shared),
      // Only this thread does input and output; other threads may post.
      io_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO),
      acceptor_(io_.get_executor()),
      tick_timer_(io_.get_executor()),
      accept_pause_(io_.get_executor()),
      request_parser_(shared.config.limits.max_scored_bytes),
      metrics_(shared.pipeline),
      id_prefix_(RandomPrefix()) {
  const upstream::OriginOptions options = {.connect_timeout = limits().upstream_connect_timeout,
                                           .idle_timeout = limits().upstream_idle_timeout,
                                           .max_idle = limits().upstream_idle_connections};
  std::map<upstream::Address, upstream::Origin*> by_address;
  const auto origin_at = [&](const config::Endpoint& endpoint) {
    const upstream::Address address = {endpoint.tls, endpoint.host, endpoint.port};
    upstream::Origin*& origin = by_address[address];
    if (origin == nullptr) {
      origins_.push_back(std::make_unique<upstream::Origin>(io_, shared_.tls, address, options));
      origin = origins_.back().get();
    }
    return origin;
  };
  for (const auto& model : pipeline().models())
    origin_of_model_.push_back(origin_at(model->config.endpoint));
  for (const auto& provider : pipeline().providers())
    origin_of_provider_.push_back(provider->question ? origin_at(provider->endpoint) : nullptr);
}

EventLoop::~EventLoop() { inbox_->Close(); }

Result<net::tcp::endpoint> EventLoop::Listen(const net::tcp::endpoint& endpoint) {
  using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
  net::error_code error;
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(net::tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.set_option(ReusePort(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return Fail(
        ErrorCode::kIo,
        fmt::format("cannot listen on {}:{}", endpoint.address().to_string(), endpoint.port()),
        error.message());
  }
  return acceptor_.local_endpoint();
}

void EventLoop::Run() {
  asio::co_spawn(io_.get_executor(), Accept(), asio::detached);
  asio::co_spawn(io_.get_executor(), Tick(), asio::detached);
  io_.run();
}

void EventLoop::Stop(std::chrono::milliseconds grace) {
  asio::post(io_, [this, grace] { BeginStop(grace); });
}

void EventLoop::BeginStop(std::chrono::milliseconds grace) {
  stopping_ = true;
  stop_deadline_ = std::min(stop_deadline_, net::Clock::now() + grace);
  net::error_code ignored;
  acceptor_.close(ignored);
  accept_pause_.cancel();
  tick_timer_.cancel();
  // A session that ends takes itself out of the set.
  const auto sessions = sessions_;
  for (const auto& session : sessions) session->Stop();
}

net::Awaitable<> EventLoop::Accept() {
  while (!stopping_) {
    net::TcpSocket socket(io_.get_executor());
    const auto [error] = co_await acceptor_.async_accept(socket, net::kAwaitTuple);
    if (stopping_) break;
    if (error) {
      // Out of descriptors, most likely: those that are open must end first.
      spdlog::warn("cannot accept a connection: {}", error.message());
      accept_pause_.expires_after(kAcceptPause);
      co_await accept_pause_.async_wait(net::kAwaitTuple);
      continue;
    }
    StartSession(std::move(socket));
  }
}

void EventLoop::StartSession(net::TcpSocket socket) {
  const bool overloaded = shared_.client_connections++ >= limits().max_connections;
  auto session = std::make_shared<Session>(*this, std::move(socket), overloaded);
  sessions_.insert(session);
  metrics_.open_connections.Add();
  asio::co_spawn(io_.get_executor(), session->Run(),
                 [this, session](const std::exception_ptr& exception) {
                   sessions_.erase(session);
                   --shared_.client_connections;
                   metrics_.open_connections.Subtract();
                   if (!exception) return;
                   try {
                     std::rethrow_exception(exception);
                   } catch (const std::exception& error) {
                     spdlog::error("a connection ended by an exception: {}", error.what());
                   }
                 });
}

net::Awaitable<> EventLoop::Tick() {
  while (!stopping_ || !sessions_.empty()) {
    tick_timer_.expires_after(kTick);
    co_await tick_timer_.async_wait(net::kAwaitTuple);
    coarse_now_ = net::Clock::now();
    const auto sessions = std::vector(sessions_.begin(), sessions_.end());
    for (const auto& session : sessions) {
      if (coarse_now_ >= stop_deadline_) session->CutOff();
      if (coarse_now_ - kLastWords >= stop_deadline_) session->Abort();
      session->Check();
    }
    for (const auto& origin : origins_) origin->CloseExpired(coarse_now_);
    // A name look-up cannot be ended; whoever waits for it is given up.
    if (coarse_now_ - kLastWords - kTick >= stop_deadline_) io_.stop();
  }
  for (const auto& origin : origins_) origin->CloseIdle();
}

void EventLoop::NextRequestId(std::string& id) {
  constexpr char kHex[] = "0123456789abcdef";
  id = id_prefix_;
  const std::uint32_t number = next_id_++;
  for (int shift = 28; shift >= 0; shift -= 4) id += kHex[(number >> shift) & 0xF];
}

}  // namespace routellm::gateway
