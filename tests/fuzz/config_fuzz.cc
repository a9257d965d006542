// Any bytes as a configuration file: what is accepted is consistent and safe to write into a
// request head, and what is refused is refused briefly.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "config/config_file.h"
#include "config/router_file.h"
#include "config/summary.h"

namespace {

using routellm::config::Config;
using routellm::config::Problems;

void Require(bool condition) {
  if (!condition) std::abort();
}

bool IsPrintable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

void CheckConfig(const Config& config) {
  Require(!config.models.empty());
  for (const auto& [name, model] : config.models) {
    const auto& endpoint = model.endpoint;
    Require(IsPrintable(name) && IsPrintable(endpoint.host) && IsPrintable(endpoint.target) &&
            IsPrintable(endpoint.upstream_model) && IsPrintable(endpoint.auth_header));
    Require(!endpoint.host.empty() && !endpoint.port.empty() && !endpoint.upstream_model.empty());
    Require(endpoint.target.front() == '/' && endpoint.target.find(' ') == std::string::npos);
    Require(!config.routes.contains(name));
  }
  for (const auto& [name, route] : config.routes) {
    Require(IsPrintable(name) && config.routers.contains(route.router));
    Require(config.models.contains(route.strong_model) && config.models.contains(route.weak_model));
  }
  (void)routellm::config::Describe(config);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const routellm::config::Environment environment{
      [](const std::string&) { return std::optional<std::string>("sk-1"); },
      {"causal_llm", "exec", "mf", "random"},
      [](std::string_view) {
        return std::vector<std::string_view>{"checkpoint", "embedder"};
      }};
  Problems problems;
  const auto root =
      routellm::config::ParseYaml({reinterpret_cast<const char*>(data), size}, problems);
  if (root) {
    const Config config =
        routellm::config::ReadConfig(*root, "/nonexistent", environment, problems);
    if (problems.empty()) CheckConfig(config);
    (void)routellm::config::ReadRouterFile(*root, routellm::config::RouterFileNames(*root),
                                           environment, problems);
  }
  const auto error = problems.ToError(routellm::ErrorCode::kInvalidData, "input").value();
  Require(error.detail.size() < 1024 * 1024);
  return 0;
}
