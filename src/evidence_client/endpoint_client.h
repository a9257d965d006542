// Questions to an OpenAI-compatible server, asked by the command-line tools.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "config/endpoint.h"
#include "core/error.h"
#include "http_client/client.h"

namespace routellm::evidence_client {

// Error kInvalidRequest, with the variable's name, if the endpoint's key is not set.
[[nodiscard]] Result<void> RequireKey(const config::Endpoint& endpoint);

// Thread-safe; as many connections as there are threads that ask.
class EndpointClient {
 public:
  explicit EndpointClient(const config::Endpoint& endpoint);
  EndpointClient(EndpointClient&&) noexcept;
  ~EndpointClient();

  // The body of the answer to this JSON, with status 200. Statuses and failures that may pass are
  // tried again, up to five times (http_client/retry.h). Errors: those of http_client::Client;
  // kUpstreamUnavailable, with what the server says, for another status.
  [[nodiscard]] Result<std::string> Post(std::string body) const;

 private:
  struct Idle;

  http_client::Request request_;  // secret
  std::unique_ptr<Idle> idle_;
};

}  // namespace routellm::evidence_client
