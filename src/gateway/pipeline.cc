#include "gateway/pipeline.h"

#include <utility>

#include "gateway/client.h"
#include "gateway/request_head.h"
#include "openai/json_text.h"

namespace routellm::gateway {
namespace {

constexpr std::string_view kRouterPrefix = "router-";

void Choose(Choice choice, Decision& decision) {
  decision.choice = choice;
  decision.model = choice == Choice::kStrong ? decision.route->strong : decision.route->weak;
}

Unscored ReasonOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUpstreamTimeout:
      return Unscored::kTimeout;
    case ErrorCode::kOverloaded:
      return Unscored::kOverloaded;
    case ErrorCode::kUpstreamUnavailable:
      return Unscored::kUnavailable;
    default:
      return Unscored::kInvalid;
  }
}

std::string Join(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

}  // namespace

std::unique_ptr<const Pipeline> Pipeline::Create(const config::Config& config, Routers routers) {
  std::unique_ptr<Pipeline> pipeline(new Pipeline(std::move(routers)));
  pipeline->AddModels(config);
  pipeline->AddRoutes(config);
  return pipeline;
}

void Pipeline::AddModels(const config::Config& config) {
  for (const auto& [name, model_config] : config.models) {
    auto model = std::make_unique<Model>(
        Model{.config = model_config,
              .json_name = openai::ToJsonString(model_config.endpoint.upstream_model),
              .request_head = RequestHead(model_config.endpoint),
              .index = models_.size()});
    models_by_name_.emplace(model->config.name, model.get());
    models_.push_back(std::move(model));
  }
}

void Pipeline::AddRoutes(const config::Config& config) {
  for (const auto& [name, route] : config.routes) {
    AddRoute(route, name);
    offered_.push_back(name);
  }
  if (config.default_route) {
    for (const auto& [name, router] : routers_.by_name) {
      config::RouteConfig route = *config.default_route;
      route.router = name;
      AddRoute(route, std::string(kRouterPrefix) + name);
      offered_.push_back(std::string(kRouterPrefix) + name + "-THRESHOLD");
    }
  }
  for (const auto& [name, model] : config.models) offered_.push_back(name);
}

void Pipeline::AddRoute(const config::RouteConfig& config, std::string name) {
  const LoadedRouter& loaded = routers_.by_name.at(config.router);
  auto route = std::make_unique<Route>(Route{.name = std::move(name),
                                             .router_name = config.router,
                                             .router = loaded.router.get(),
                                             .evidence = loaded.evidence,
                                             .slow_scoring = loaded.slow_scoring,
                                             .threshold = config.threshold,
                                             .strong = models_by_name_.at(config.strong_model),
                                             .weak = models_by_name_.at(config.weak_model),
                                             .when_unscorable = config.when_unscorable,
                                             .index = routes_.size()});
  routes_by_name_.emplace(route->name, route.get());
  routes_.push_back(std::move(route));
}

Result<Decision> Pipeline::Resolve(std::string_view name) const {
  if (const auto route = routes_by_name_.find(name);
      route != routes_by_name_.end() && !name.starts_with(kRouterPrefix)) {
    return Decision{.route = route->second, .threshold = route->second->threshold};
  }
  if (const auto model = models_by_name_.find(name); model != models_by_name_.end()) {
    return Decision{.model = model->second};
  }
  if (name.starts_with(kRouterPrefix)) {
    // The names of routers have no dash in them.
    const std::size_t dash = name.find('-', kRouterPrefix.size());
    const auto route = routes_by_name_.find(name.substr(0, dash));
    if (dash != std::string_view::npos && route != routes_by_name_.end()) {
      const std::string_view text = name.substr(dash + 1);
      const auto threshold = Threshold::Parse(text);
      if (!threshold) {
        return Fail(ErrorCode::kInvalidRequest,
                    "'" + Shorten(text) + "' is not a threshold: give a number in [0, 1]");
      }
      return Decision{.route = route->second, .threshold = *threshold};
    }
  }
  return Fail(ErrorCode::kModelNotFound,
              "the model '" + Shorten(name) + "' does not exist; there are: " + Join(offered_));
}

Result<void> Pipeline::Offers(std::string_view name) const {
  return Resolve(name).map([](const Decision&) {});
}

Result<Decision> Pipeline::Decide(const openai::RequestView& request) const {
  auto decision = Resolve(request.model);
  if (!decision || decision->route == nullptr) return decision;
  const Route& route = *decision->route;
  if (!request.prompt) {
    Choose(route.when_unscorable, *decision);
    decision->unscored = Unscored::kNoText;
  } else if (!route.waits()) {
    const auto start = std::chrono::steady_clock::now();
    const auto win_rate = route.router->Score({.prompt = *request.prompt}, routing::Evidence{});
    Complete(win_rate, std::chrono::steady_clock::now() - start, *decision);
  }
  return decision;
}

void Pipeline::Complete(const Result<WinRate>& win_rate, std::chrono::nanoseconds scoring_time,
                        Decision& decision) {
  decision.scoring_time = scoring_time;
  if (win_rate) {
    decision.win_rate = *win_rate;
    Choose(routellm::Decide(*win_rate, decision.threshold), decision);
  } else {
    decision.unscored = ReasonOf(win_rate.error().code);
    Choose(decision.route->when_unscorable, decision);
  }
}

}  // namespace routellm::gateway
