// The flags of `routellm serve`, which are those of the Python package's server and a few more.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/environment.h"
#include "config/problems.h"
#include "config/router_file.h"

namespace routellm::config {

inline constexpr std::string_view kDefaultStrongModel = "gpt-4-1106-preview";
// The Python package's default is the same model at a provider that has closed.
inline constexpr std::string_view kDefaultWeakModel = "openrouter/mistralai/mixtral-8x7b-instruct";
inline constexpr std::string_view kDefaultRouter = "mf";

// An option that was not given is empty.
struct ServeFlags {
  std::optional<std::string> config;  // a configuration file or the Python package's router file
  std::vector<std::string> routers;   // enabled routers; default: mf
  std::optional<std::string> strong_model;
  std::optional<std::string> weak_model;
  std::optional<std::string> base_url;   // for both models
  std::optional<std::string> api_key;    // for both models; secret
  std::optional<std::string> router;     // of the route `default`; default: the first of `routers`
  std::optional<std::string> threshold;  // of the route `default`; default: 0.5
  std::optional<std::string> strong_model_pct;  // of the route `default`, instead of `threshold`
  std::optional<std::string> host;
  std::optional<std::uint16_t> port;
  std::optional<unsigned> workers;
  bool verbose = false;
};

// The routers that `flags` enable.
[[nodiscard]] std::vector<std::string> EnabledRouters(const ServeFlags& flags);

// A configuration of two models, under the names that the flags give them, the enabled routers,
// with the settings in `routers` where it has them, and one route `default`, which is also the pair
// of "router-NAME-THRESHOLD". Adds to `problems` whatever is wrong.
[[nodiscard]] Config ConfigFromFlags(const ServeFlags& flags, const RouterMap& routers,
                                     const Environment& environment, Problems& problems);

// Host, port, workers and verbose, where they are given.
void ApplyServerFlags(const ServeFlags& flags, Config& config, Problems& problems);

}  // namespace routellm::config
