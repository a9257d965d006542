// An environment for tests: variables from a map, and the routers that exist.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "config/environment.h"

namespace routellm::config {

inline Environment TestEnvironment(std::map<std::string, std::string> variables) {
  return {.variable =
              [variables = std::move(variables)](const std::string& name) {
                const auto found = variables.find(name);
                return found == variables.end() ? std::nullopt : std::optional(found->second);
              },
          .router_types = {"causal_llm", "exec", "mf", "random", "sw_ranking"},
          .router_settings = [](std::string_view type) -> std::vector<std::string_view> {
            if (type == "random") return {"seed"};
            if (type == "mf") return {"checkpoint", "strong_model", "weak_model", "embedder"};
            if (type != "sw_ranking") return {};
            return {"battles", "embeddings", "precision", "strong_model", "weak_model", "embedder"};
          }};
}

}  // namespace routellm::config
