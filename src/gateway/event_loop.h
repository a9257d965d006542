// One thread of the gateway: its connections, its upstream connections, its counters. Loops share
// nothing but what never changes.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>

#include "config/config.h"
#include "gateway/inbox.h"
#include "gateway/metrics.h"
#include "gateway/pipeline.h"
#include "net/async.h"
#include "openai/request_view.h"
#include "upstream/origin.h"

namespace routellm::gateway {

class Session;

class EventLoop {
 public:
  // What all loops share; must outlive them. `expose_metrics` may be called from any thread.
  struct Shared {
    const config::Config& config;
    const Pipeline& pipeline;
    net::asio::ssl::context& tls;
    std::function<std::string()> expose_metrics;
    std::atomic<std::size_t>& client_connections;  // of all loops, for the limit
  };

  explicit EventLoop(const Shared& shared);
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Binds a listening socket of this loop (SO_REUSEPORT: all loops listen on one port). Error kIo.
  // Returns where it listens, with the port that the system chose if `endpoint` has none. Call
  // before Run.
  [[nodiscard]] Result<net::tcp::endpoint> Listen(const net::tcp::endpoint& endpoint);

  // Serves until a stop is complete. Call from one thread.
  void Run();

  // Thread-safe. No new connections; idle ones are closed, running requests may finish for `grace`,
  // then Run returns.
  void Stop(std::chrono::milliseconds grace);

  // The rest is for sessions, on the loop's thread.
  [[nodiscard]] const config::Limits& limits() const { return shared_.config.limits; }
  [[nodiscard]] const Pipeline& pipeline() const { return shared_.pipeline; }
  [[nodiscard]] std::string ExposeAllMetrics() const { return shared_.expose_metrics(); }
  [[nodiscard]] openai::RequestParser& request_parser() { return request_parser_; }
  [[nodiscard]] upstream::Origin& origin(const Model& model) {
    return *origin_of_model_[model.index];
  }
  [[nodiscard]] upstream::Origin& origin(const EvidenceProvider& provider) {
    return *origin_of_provider_[provider.index];
  }
  [[nodiscard]] net::Executor executor() { return io_.get_executor(); }
  [[nodiscard]] const std::shared_ptr<Inbox>& inbox() const { return inbox_; }
  [[nodiscard]] MetricsShard& metrics() { return metrics_; }
  [[nodiscard]] const MetricsShard& metrics() const { return metrics_; }
  [[nodiscard]] bool stopping() const { return stopping_; }
  [[nodiscard]] bool verbose() const { return shared_.config.verbose; }
  // The time of the last tick: at most a tenth of a second old.
  [[nodiscard]] const net::Clock::time_point& coarse_now() const { return coarse_now_; }
  // Replaces `id`.
  void NextRequestId(std::string& id);

 private:
  net::Awaitable<> Accept();
  net::Awaitable<> Tick();
  void StartSession(net::TcpSocket socket);
  void BeginStop(std::chrono::milliseconds grace);

  const Shared shared_;
  net::asio::io_context io_;
  const std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>(io_);
  net::asio::basic_socket_acceptor<net::tcp, net::Executor> acceptor_;
  net::Timer tick_timer_;
  net::Timer accept_pause_;
  openai::RequestParser request_parser_;
  MetricsShard metrics_;
  std::vector<std::unique_ptr<upstream::Origin>> origins_;
  std::vector<upstream::Origin*> origin_of_model_;
  std::vector<upstream::Origin*> origin_of_provider_;  // null for one that does not ask a server
  std::unordered_set<std::shared_ptr<Session>> sessions_;
  bool stopping_ = false;
  net::Clock::time_point coarse_now_ = net::Clock::now();
  net::Clock::time_point stop_deadline_ = net::Clock::time_point::max();
  const std::string id_prefix_;
  std::uint32_t next_id_ = 0;
};

}  // namespace routellm::gateway
