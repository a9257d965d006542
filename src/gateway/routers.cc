#include "gateway/routers.h"

#include <optional>
#include <utility>

#include "config/problems.h"
#include "routing/registry.h"

namespace routellm::gateway {

Result<Routers> MakeRouters(config::Config& config, std::string_view subject) {
  config::Problems problems;
  std::optional<ErrorCode> code;
  const auto report = [&](const std::string& path, const Error& error) {
    problems.Add(path, 0, error.ToString());
    if (!code) code = error.code;
  };
  Routers routers;
  for (const auto& [name, settings] : config.routers) {
    auto router = routing::MakeRouter(settings.type, settings.options);
    if (router && (*router)->Info().evidence != routing::EvidenceKind::kNone) {
      report("routers." + name,
             {ErrorCode::kInvalidData,
              "this router scores embeddings of the prompts, which the gateway does not compute",
              {}});
    } else if (router) {
      routers.emplace(name, std::move(*router));
    } else {
      report("routers." + name, router.error());
    }
  }
  for (auto& [name, route] : config.routes) {
    const auto router = routers.find(route.router);
    if (!route.strong_share || router == routers.end()) continue;
    const auto threshold = routing::ThresholdFor(router->second->Info(), *route.strong_share);
    if (!threshold) report("routes." + name + ".strong_model_pct", threshold.error());
    route.threshold = threshold.value_or(route.threshold);
  }
  if (code) return problems.ToError(*code, subject);
  return routers;
}

}  // namespace routellm::gateway
