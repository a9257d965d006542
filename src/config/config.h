// What the gateway is told: the configuration file or the command line, parsed and checked.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "config/endpoint.h"
#include "config/evidence.h"
#include "core/win_rate.h"
#include "routing/registry.h"

namespace routellm::config {

// US dollars per million tokens.
struct Price {
  double input = 0.0;
  double output = 0.0;
};

struct ModelConfig {
  std::string name;   // as clients and routes call it
  Endpoint endpoint;  // where its requests go, and under which name and key
  std::optional<Price> price;
};

// A router that clients may name in "router-NAME-THRESHOLD".
struct RouterConfig {
  std::string type;  // one of routing::RouterNames()
  routing::RouterOptions options;
  // Vectors of the prompts that are evaluated, a row for each in order (embedding/vector_file.h),
  // for a router that scores embeddings; empty for none. The gateway does not look at them.
  std::string prompt_embeddings = {};
  std::string embedder = {};                             // a key of Config::embedders; empty: none
  std::optional<ScoringModelConfig> scoring_model = {};  // of causal_llm
  std::optional<CommandConfig> command = {};             // of exec
};

// A pair of models with a router and a threshold between them.
struct RouteConfig {
  std::string name;    // as clients call it
  std::string router;  // a key of Config::routers
  Threshold threshold;
  // Given instead of the threshold, which gateway::MakeRouters then takes from the router's
  // calibration table.
  std::optional<StrongShare> strong_share = std::nullopt;
  std::string strong_model;  // names in Config::models
  std::string weak_model;
  Choice when_unscorable = Choice::kStrong;  // for a request without text to score
};

struct Limits {
  std::size_t max_header_bytes = 32 * 1024;
  std::size_t max_body_bytes = 32 * 1024 * 1024;
  // Of the prompt; the rest is not looked at.
  std::size_t max_scored_bytes = 32 * 1024;
  // Clients' connections, of all event loops together; one more is answered 503.
  std::size_t max_connections = 10'000;
  // From a request's first byte to the end of its head.
  std::chrono::milliseconds client_header_timeout{30'000};
  // Longest silence within a request body.
  std::chrono::milliseconds client_body_timeout{60'000};
  // Between two requests of a connection.
  std::chrono::milliseconds client_idle_timeout{75'000};
  // For one write: a whole answer of the gateway's own, or one piece of a relayed one.
  std::chrono::milliseconds client_write_timeout{60'000};
  std::chrono::milliseconds upstream_connect_timeout{5'000};
  // From the request sent to the answer's head.
  std::chrono::milliseconds upstream_first_byte_timeout{600'000};
  // Longest silence within an answer; also for sending the whole request.
  std::chrono::milliseconds upstream_stall_timeout{120'000};
  // How long an unused connection is kept.
  std::chrono::milliseconds upstream_idle_timeout{60'000};
  // Kept per upstream address and event loop.
  std::size_t upstream_idle_connections = 64;
  // For running requests after SIGTERM.
  std::chrono::milliseconds shutdown_grace{30'000};
};

struct Config {
  std::string host = "127.0.0.1";
  std::uint16_t port = 6060;  // 0: any free port, printed at start
  unsigned workers = 0;       // event loops; 0: one per core
  bool verbose = false;
  Limits limits;
  std::map<std::string, EmbedderConfig, std::less<>> embedders;
  std::map<std::string, RouterConfig, std::less<>> routers;
  std::map<std::string, ModelConfig, std::less<>> models;
  std::map<std::string, RouteConfig, std::less<>> routes;
  // Pair and `when_unscorable` for "router-NAME-THRESHOLD"; none: such names are not offered.
  std::optional<RouteConfig> default_route;
};

}  // namespace routellm::config
