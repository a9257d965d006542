// A simulated OpenAI-compatible model server: `POST /v1/chat/completions`, `GET /v1/models`, `GET
// /health`, and for tests `GET /mock/requests` and `GET /mock/stats`.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "core/error.h"
#include "mock/journal.h"
#include "mock/options.h"

namespace routellm::mock {

class Server {
 public:
  // Listens at once. Error kIo where the address cannot be bound, kInvalidRequest for an address
  // that is none.
  [[nodiscard]] static Result<std::unique_ptr<Server>> Listen(const Options& options);

  [[nodiscard]] std::uint16_t port() const { return port_; }

  // Serves on `options.workers` threads, the calling one among them, until Stop(), SIGINT or
  // SIGTERM.
  void Run();

  // Ends Run(); open connections are dropped. May be called from any thread.
  void Stop();

 private:
  struct Worker {
    explicit Worker(const boost::asio::ip::tcp::endpoint& endpoint);
    boost::asio::io_context loop{1};
    boost::asio::ip::tcp::acceptor acceptor;
  };

  Server(const Options& options, boost::asio::ip::tcp::endpoint endpoint);

  const Options options_;
  Journal journal_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::uint16_t port_ = 0;
};

}  // namespace routellm::mock
