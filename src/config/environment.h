// What a configuration depends on besides its own text.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace routellm::config {

struct Environment {
  // The value of an environment variable; nothing if it is not set.
  std::function<std::optional<std::string>(const std::string& name)> variable;
  // The types of routers that exist: routing::RouterNames().
  std::vector<std::string_view> router_types;
  // The settings of one of them: routing::RouterSettings().
  std::function<std::vector<std::string_view>(std::string_view type)> router_settings;
};

}  // namespace routellm::config
