#include "gateway/server.h"

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl/context.hpp>

#include "gateway/event_loop.h"
#include "gateway/metrics.h"
#include "gateway/pipeline.h"
#include "gateway/routers.h"

namespace routellm::gateway {
namespace asio = net::asio;

namespace {

asio::ssl::context ClientTls() {
  asio::ssl::context context(asio::ssl::context::tls_client);
  context.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                      asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 |
                      asio::ssl::context::no_tlsv1_1);
  context.set_default_verify_paths();
  context.set_verify_mode(asio::ssl::verify_peer);
  constexpr unsigned char kHttp11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  SSL_CTX_set_alpn_protos(context.native_handle(), kHttp11, sizeof(kHttp11));
  return context;
}

Result<net::tcp::endpoint> ResolveListenAddress(const std::string& host, std::uint16_t port) {
  asio::io_context io;
  asio::ip::tcp::resolver resolver(io);
  net::error_code error;
  const auto found =
      resolver.resolve(host, std::to_string(port), asio::ip::resolver_base::passive, error);
  if (error || found.empty())
    return Fail(ErrorCode::kIo, "cannot listen on '" + host + "'", error.message());
  return found.begin()->endpoint();
}

// The loops share their port by SO_REUSEPORT, which would let a second gateway in without a word.
Result<void> CheckFree(const net::tcp::endpoint& endpoint) {
  if (endpoint.port() == 0) return {};
  asio::io_context io;
  net::error_code error;
  asio::ip::tcp::acceptor probe(io);
  probe.open(endpoint.protocol(), error);
  if (!error) probe.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) probe.bind(endpoint, error);
  if (!error) return {};
  return Fail(
      ErrorCode::kIo,
      fmt::format("cannot listen on {}:{}", endpoint.address().to_string(), endpoint.port()),
      error.message());
}

}  // namespace

class Server::Impl {
 public:
  Impl(config::Config config, std::unique_ptr<const Pipeline> pipeline)
      : config_(std::move(config)),
        pipeline_(std::move(pipeline)),
        tls_(ClientTls()),
        signals_(signals_io_, SIGINT, SIGTERM) {}

  Result<void> Listen();
  void Run();
  [[nodiscard]] const config::Config& config() const { return config_; }
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  [[nodiscard]] std::string ExposeAll() const;

  const config::Config config_;
  const std::unique_ptr<const Pipeline> pipeline_;
  asio::ssl::context tls_;
  std::atomic<std::size_t> client_connections_{0};
  // Signals count from the construction on, before anyone is told that the server listens.
  asio::io_context signals_io_;
  asio::signal_set signals_;
  std::vector<std::unique_ptr<EventLoop>> loops_;
  std::string url_;
};

Result<void> Server::Impl::Listen() {
  auto endpoint = ResolveListenAddress(config_.host, config_.port);
  if (!endpoint) return tl::unexpected(endpoint.error());
  if (auto is_free = CheckFree(*endpoint); !is_free) return is_free;
  const unsigned workers =
      config_.workers > 0 ? config_.workers : std::max(1U, std::thread::hardware_concurrency());
  const EventLoop::Shared shared = {config_, *pipeline_, tls_, [this] { return ExposeAll(); },
                                    client_connections_};
  for (unsigned i = 0; i < workers; ++i) {
    loops_.push_back(std::make_unique<EventLoop>(shared));
    endpoint = loops_.back()->Listen(*endpoint);
    if (!endpoint) return tl::unexpected(endpoint.error());
  }
  const std::string host = endpoint->address().to_string();
  url_ = fmt::format("http://{}:{}", endpoint->address().is_v6() ? "[" + host + "]" : host,
                     endpoint->port());
  return {};
}

std::string Server::Impl::ExposeAll() const {
  std::vector<const MetricsShard*> shards;
  for (const auto& loop : loops_) shards.push_back(&loop->metrics());
  return ExposeMetrics(*pipeline_, shards);
}

void Server::Impl::Run() {
  for (const auto& provider : pipeline_->providers()) {
    if (provider->source) provider->source->Begin();
  }
  std::vector<std::thread> threads;
  threads.reserve(loops_.size());
  for (const auto& loop : loops_) threads.emplace_back([&loop] { loop->Run(); });

  signals_.async_wait([this](const net::error_code&, int) {
    spdlog::info(
        "stopping: running requests may finish for {} s",
        std::chrono::duration_cast<std::chrono::seconds>(config_.limits.shutdown_grace).count());
    for (const auto& loop : loops_) loop->Stop(config_.limits.shutdown_grace);
    signals_.async_wait([this](const net::error_code& error, int) {
      if (error) return;
      for (const auto& loop : loops_) loop->Stop(std::chrono::milliseconds(0));
    });
  });
  std::thread signal_thread([this] { signals_io_.run(); });
  for (std::thread& thread : threads) thread.join();
  signals_io_.stop();
  signal_thread.join();
}

Result<std::unique_ptr<Server>> Server::Create(config::Config config) {
  auto routers = MakeRouters(config, "the configuration");
  if (!routers) return tl::unexpected(std::move(routers.error()));
  auto pipeline = Pipeline::Create(config, std::move(*routers));
  auto impl = std::make_unique<Impl>(std::move(config), std::move(pipeline));
  if (auto listening = impl->Listen(); !listening)
    return tl::unexpected(std::move(listening.error()));
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;
const config::Config& Server::config() const { return impl_->config(); }
const std::string& Server::url() const { return impl_->url(); }
void Server::Run() { impl_->Run(); }

}  // namespace routellm::gateway
