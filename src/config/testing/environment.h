// An environment for tests: variables from a map, and the routers that exist.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "config/environment.h"

namespace routellm::config {

inline Environment TestEnvironment(std::map<std::string, std::string> variables) {
  return {[variables = std::move(variables)](const std::string& name) {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional(found->second);
          },
          {"mf", "random", "sw_ranking"}};
}

}  // namespace routellm::config
