#include "config/flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "config/config_file.h"
#include "config/names.h"
#include "config/provider.h"

namespace routellm::config {
namespace {

constexpr std::string_view kRouteName = "default";

// The flag that a member of ModelSpec comes from.
std::string_view FlagOf(std::string_view field, std::string_view model_flag) {
  if (field == "base_url") return "--base-url";
  if (field == "api_key") return "--api-key";
  return model_flag;
}

void AddModel(const ServeFlags& flags, std::string_view flag, const std::string& name,
              const Environment& environment, Config& config, Problems& problems) {
  if (const auto wrong = CheckClientName(name); !wrong.empty()) problems.Add(flag, 0, wrong);
  ModelSpec spec;
  spec.model = name;
  spec.base_url = flags.base_url;
  spec.api_key = flags.api_key;
  spec.key_source = flags.base_url ? KeySource::kProviderIfSet : KeySource::kProvider;
  ModelConfig model{name, {}, {}};
  model.endpoint =
      ResolveEndpoint(spec, environment, [&](std::string_view field, const std::string& message) {
        problems.Add(FlagOf(field, flag), 0, message);
      });
  config.models.emplace(name, std::move(model));
}

void AddRouters(const ServeFlags& flags, const RouterMap& routers, const Environment& environment,
                Config& config, Problems& problems) {
  for (const std::string& name : EnabledRouters(flags)) {
    if (const auto settings = routers.find(name); settings != routers.end()) {
      config.routers.insert(*settings);
    } else if (const auto wrong = CheckRouterType(name, environment); wrong.empty()) {
      config.routers.emplace(name, RouterConfig{name, {}});
    } else {
      problems.Add(name == flags.router ? "--router" : "--routers", 0, wrong);
    }
  }
}

}  // namespace

std::vector<std::string> EnabledRouters(const ServeFlags& flags) {
  std::vector<std::string> enabled = flags.routers;
  if (flags.router && std::find(enabled.begin(), enabled.end(), *flags.router) == enabled.end()) {
    enabled.push_back(*flags.router);
  }
  if (enabled.empty()) enabled.emplace_back(kDefaultRouter);
  return enabled;
}

Config ConfigFromFlags(const ServeFlags& flags, const RouterMap& routers,
                       const Environment& environment, Problems& problems) {
  Config config;
  AddRouters(flags, routers, environment, config, problems);
  RouteConfig route;
  route.name = kRouteName;
  route.router = flags.router.value_or(EnabledRouters(flags).front());
  route.strong_model = flags.strong_model.value_or(std::string(kDefaultStrongModel));
  route.weak_model = flags.weak_model.value_or(std::string(kDefaultWeakModel));
  if (flags.threshold) {
    const auto threshold = Threshold::Parse(*flags.threshold);
    if (!threshold) problems.Add("--threshold", 0, threshold.error().public_message);
    route.threshold = threshold.value_or(Threshold());
  }
  if (flags.strong_model_pct) {
    const auto share = StrongShare::Parse(*flags.strong_model_pct);
    if (!share) problems.Add("--strong-model-pct", 0, share.error().public_message);
    if (share) route.strong_share = *share;
    if (flags.threshold) {
      problems.Add("--strong-model-pct", 0, "does not go with --threshold: give one of them");
    }
  }
  AddModel(flags, "--strong-model", route.strong_model, environment, config, problems);
  if (route.strong_model == route.weak_model) {
    problems.Add("--weak-model", 0,
                 "is the same model as --strong-model: nothing is left to route");
  } else {
    AddModel(flags, "--weak-model", route.weak_model, environment, config, problems);
  }
  if (config.models.contains(kRouteName)) {
    problems.Add("", 0, "a model cannot be called 'default': the route has that name");
  }
  config.default_route = route;
  config.routes.emplace(route.name, std::move(route));
  ApplyServerFlags(flags, config, problems);
  return config;
}

void ApplyServerFlags(const ServeFlags& flags, Config& config, Problems& problems) {
  if (flags.host) {
    const auto host = ParseListenHost(*flags.host);
    if (!host)
      problems.Add("--host", 0, "must be an IPv4 or IPv6 address to listen on, or localhost");
    config.host = host.value_or(config.host);
  }
  config.port = flags.port.value_or(config.port);
  config.workers = flags.workers.value_or(config.workers);
  config.verbose = config.verbose || flags.verbose;
}

}  // namespace routellm::config
