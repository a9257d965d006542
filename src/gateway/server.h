// The gateway as a whole: its event loops and their threads.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "config/config.h"
#include "core/error.h"

namespace routellm::gateway {

class Server {
 public:
  // Makes the routers (MakeRouters) and binds the address. Errors: as MakeRouters; kIo if the
  // address cannot be bound.
  [[nodiscard]] static Result<std::unique_ptr<Server>> Create(config::Config config);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // As given, with the thresholds of routes that have a strong share.
  [[nodiscard]] const config::Config& config() const;

  // "http://HOST:PORT", with the port that was chosen.
  [[nodiscard]] const std::string& url() const;

  // Serves until SIGINT or SIGTERM and then until running requests are done, at most the configured
  // grace; a second signal ends it at once.
  void Run();

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace routellm::gateway
