#include "mock/server.h"

#include <sys/socket.h>

#include <csignal>
#include <memory>
#include <thread>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "mock/connection.h"

namespace routellm::mock {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

asio::awaitable<void> Accept(tcp::acceptor& acceptor, const Options& options, Journal& journal) {
  for (;;) {
    auto [error, socket] = co_await acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
    if (error == asio::error::operation_aborted) co_return;
    if (error) continue;
    socket.set_option(tcp::no_delay(true), error);
    const auto connection = std::make_shared<Connection>(std::move(socket), options, journal);
    co_spawn(acceptor.get_executor(), connection->Run(), asio::detached);
  }
}

}  // namespace

Server::Worker::Worker(const tcp::endpoint& endpoint) : acceptor(loop) {
  acceptor.open(endpoint.protocol());
  acceptor.set_option(tcp::acceptor::reuse_address(true));
  acceptor.set_option(ReusePort(true));
  acceptor.bind(endpoint);
  acceptor.listen();
}

Server::Server(const Options& options, tcp::endpoint endpoint)
    : options_(options), journal_(options.recorded_requests) {
  for (unsigned i = 0; i < options.workers; ++i) {
    workers_.push_back(std::make_unique<Worker>(endpoint));
    endpoint = workers_.front()->acceptor.local_endpoint();
  }
  port_ = endpoint.port();
}

Result<std::unique_ptr<Server>> Server::Listen(const Options& options) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(options.host, error);
  if (error) return Fail(ErrorCode::kInvalidRequest, "'" + options.host + "' is not an IP address");
  try {
    return std::unique_ptr<Server>(new Server(options, {address, options.port}));
  } catch (const boost::system::system_error& failure) {
    return Fail(ErrorCode::kIo,
                "cannot listen on " + options.host + " port " + std::to_string(options.port),
                failure.code().message());
  }
}

void Server::Run() {
  asio::signal_set signals(workers_.front()->loop, SIGINT, SIGTERM);
  signals.async_wait([this](boost::system::error_code error, int) {
    if (!error) Stop();
  });
  for (const auto& worker : workers_) {
    co_spawn(worker->loop, Accept(worker->acceptor, options_, journal_), asio::detached);
  }
  std::vector<std::jthread> threads;
  for (std::size_t i = 1; i < workers_.size(); ++i) {
    threads.emplace_back([loop = &workers_[i]->loop] { loop->run(); });
  }
  workers_.front()->loop.run();
}

void Server::Stop() {
  for (const auto& worker : workers_) worker->loop.stop();
}

}  // namespace routellm::mock
