#include "config/summary.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "config/base_url.h"

namespace routellm::config {
namespace {

using Row = std::vector<std::string>;

// Rows of aligned columns under a title; nothing where there are no rows.
std::string Table(const std::string& title, const std::vector<Row>& rows) {
  if (rows.empty()) return {};
  std::vector<std::size_t> widths(rows.front().size());
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text = title + "\n";
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += fmt::format("  {:<{}}", row[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string DescribeKey(const Endpoint& endpoint) {
  if (!endpoint.key_variable.empty()) {
    return endpoint.key_variable + (endpoint.auth_header.empty() ? " (not set)" : "");
  }
  if (!endpoint.auth_header.empty()) return "key from --api-key";
  return endpoint.forward_authorization ? "the client's key" : "no key";
}

Row DescribeModel(const ModelConfig& model) {
  const Endpoint& endpoint = model.endpoint;
  return {model.name, fmt::format("{}/{}", endpoint.provider, endpoint.upstream_model),
          FormatOrigin(endpoint.tls, endpoint.host, endpoint.port) + endpoint.target,
          DescribeKey(endpoint),
          model.price ? fmt::format("${:g} in, ${:g} out per million tokens", model.price->input,
                                    model.price->output)
                      : ""};
}

std::string DescribeEndpoint(const Endpoint& endpoint) {
  return fmt::format("{}/{} at {}{}, {}", endpoint.provider, endpoint.upstream_model,
                     FormatOrigin(endpoint.tls, endpoint.host, endpoint.port), endpoint.target,
                     DescribeKey(endpoint));
}

Row DescribeRouter(const std::string& name, const RouterConfig& router) {
  const auto& options = router.options;
  std::string settings;
  if (router.type == "random") {
    settings = options.seed ? fmt::format("seed {}", *options.seed) : "seeded by the system";
  } else if (router.scoring_model) {
    settings = DescribeEndpoint(router.scoring_model->endpoint);
  } else if (router.command) {
    settings = fmt::format("{}", fmt::join(router.command->command, " "));
  } else if (!options.checkpoint_path.empty()) {
    settings = options.checkpoint_path;
  } else {
    settings = router.type == "mf" ? "built-in checkpoint" : options.battles_path;
  }
  if (!router.embedder.empty())
    settings += (settings.empty() ? "embedder " : "; embedder ") + router.embedder;
  return {name, router.type, settings};
}

Row DescribeEmbedder(const std::string& name, const EmbedderConfig& embedder) {
  switch (embedder.kind) {
    case EmbedderKind::kHashed:
      return {name, "hashed", "built in"};
    case EmbedderKind::kEncoder:
      return {name, "encoder", embedder.model_folder};
    case EmbedderKind::kRemote:
      break;
  }
  return {name, "remote", DescribeEndpoint(embedder.endpoint)};
}

Row DescribeRoute(const std::string& name, const std::string& router, const RouteConfig& route) {
  const bool strong = route.when_unscorable == Choice::kStrong;
  return {name, router,
          fmt::format("{} or {}; without text {}", route.strong_model, route.weak_model,
                      strong ? route.strong_model : route.weak_model)};
}

}  // namespace

std::string Describe(const Config& config) {
  std::vector<Row> models;
  for (const auto& [name, model] : config.models) models.push_back(DescribeModel(model));
  std::vector<Row> embedders;
  for (const auto& [name, embedder] : config.embedders)
    embedders.push_back(DescribeEmbedder(name, embedder));
  std::vector<Row> routers;
  for (const auto& [name, router] : config.routers) routers.push_back(DescribeRouter(name, router));
  std::vector<Row> routes;
  for (const auto& [name, route] : config.routes) {
    std::string rule = fmt::format("{} from {:g}", route.router, route.threshold.value());
    if (route.strong_share) {
      rule += fmt::format(" (strong_model_pct {:g})", route.strong_share->value());
    }
    routes.push_back(DescribeRoute(name, rule, route));
  }
  if (config.default_route) {
    routes.push_back(DescribeRoute("router-NAME-THRESHOLD", "any router", *config.default_route));
  }
  return Table("models", models) + Table("embedders", embedders) + Table("routers", routers) +
         Table("routes", routes);
}

}  // namespace routellm::config
