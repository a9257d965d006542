// From the command line of `routellm serve` to a configuration.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "core/error.h"

namespace routellm::config {

// What a configuration depends on besides its own text.
struct Environment {
  // The value of an environment variable; nothing if it is not set.
  std::function<std::optional<std::string>(const std::string& name)> variable;
  // The types of routers that exist: routing::RouterNames().
  std::vector<std::string_view> router_types;
};

// The flags of `routellm serve`; an option that was not given is empty.
struct ServeFlags {
  std::optional<std::string> config;  // a configuration file or the Python package's router file
  std::vector<std::string> routers;   // enabled routers; default: mf
  std::optional<std::string> strong_model;
  std::optional<std::string> weak_model;
  std::optional<std::string> base_url;   // for both models
  std::optional<std::string> api_key;    // for both models; secret
  std::optional<std::string> router;     // of the route `default`; default: the first of `routers`
  std::optional<std::string> threshold;  // of the route `default`; default: 0.5
  std::optional<std::string> host;
  std::optional<std::uint16_t> port;
  std::optional<unsigned> workers;
  bool verbose = false;
};

// The configuration that `flags` ask for, complete and checked: every model that needs a key has
// one, every name that is referred to exists.
//
// Errors: kIo if the file cannot be read; kInvalidData for an unusable file, kInvalidRequest for
// unusable flags: `detail` then lists every problem on a line of its own.
[[nodiscard]] Result<Config> LoadConfig(const ServeFlags& flags, const Environment& environment);

}  // namespace routellm::config
