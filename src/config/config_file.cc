#include "config/config_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <system_error>
#include <utility>
#include <vector>

#include "config/base_url.h"
#include "config/evidence_section.h"
#include "config/names.h"
#include "config/provider.h"
#include "config/section.h"
#include "config/units.h"

namespace routellm::config {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kMaxWorkers = 1024;

struct Reader {
  const std::filesystem::path& directory;
  const Environment& environment;
  Problems& problems;
  Config config;

  void ReadListen(Section& root);
  void ReadModels(Section& root);
  void ReadModel(Section& models, const YamlEntry& entry);
  void ReadEmbedders(Section& root);
  void ReadRouters(Section& root);
  void ReadRouter(Section& routers, const YamlEntry& entry);
  void ReadRoutes(Section& root);
  void ReadRoute(Section& routes, const YamlEntry& entry);
  static void ReadThreshold(Section& section, RouteConfig& route);
  void ReadDefaultRoute(Section& root);
  void ReadLimits(Section& root);
};

template <typename Map>
std::vector<std::string_view> Names(const Map& map) {
  std::vector<std::string_view> names;
  names.reserve(map.size());
  for (const auto& [name, value] : map) names.push_back(name);
  return names;
}

// Whether `name` is a key of `map`; else reports it for `key`.
template <typename Map>
bool Refers(Section& section, std::string_view key, std::string_view what, const std::string& name,
            const Map& map) {
  if (map.contains(name)) return true;
  const auto names = Names(map);
  section.Report(
      key, fmt::format("there is no {} '{}'{}: {}", what, Printable(name), DidYouMean(name, names),
                       names.empty() ? "none is configured" : "configured are " + Join(names)));
  return false;
}

void Reader::ReadListen(Section& root) {
  const auto listen = root.Text("listen");
  if (!listen) return;
  constexpr std::uint64_t kNoPort = 65536;
  const std::size_t colon = std::min(listen->rfind(':'), listen->size());
  std::string host = listen->substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const bool v6 = host.find(':') != std::string::npos;
  const auto address = ParseListenHost(host);
  const std::uint64_t port =
      ParseInteger(std::string_view(*listen).substr(std::min(colon + 1, listen->size())))
          .value_or(kNoPort);
  if (!address || v6 != bracketed || port >= kNoPort) {
    root.Report("listen",
                "must be ADDRESS:PORT, such as 127.0.0.1:6060, 0.0.0.0:6060 or [::1]:6060");
    return;
  }
  config.host = *address;
  config.port = static_cast<std::uint16_t>(port);
}

std::optional<Price> ReadPrice(Section& model) {
  auto section = model.Child("price");
  if (!section) return std::nullopt;
  for (const char* key : {"input", "output"}) {
    if (!section->Has(key)) section->Report(key, "is missing (US dollars per million tokens)");
  }
  const Price price{section->Number("input").value_or(0), section->Number("output").value_or(0)};
  section->RejectUnknownKeys();
  return price;
}

void Reader::ReadModel(Section& models, const YamlEntry& entry) {
  if (const auto wrong = CheckClientName(entry.key); !wrong.empty()) models.Report(entry, wrong);
  ModelConfig model{entry.key, {}, {}};
  ModelSpec spec;
  if (entry.value.kind == YamlNode::Kind::kScalar) {
    spec.model = entry.value.scalar;
    model.endpoint = ResolveEndpoint(
        spec, environment,
        [&](std::string_view, const std::string& message) { models.Report(entry, message); });
  } else {
    Section section = models.Child(entry);
    model.endpoint = ReadEndpoint(section, environment, spec);
    model.price = ReadPrice(section);
    section.RejectUnknownKeys();
  }
  config.models.emplace(entry.key, std::move(model));
}

void Reader::ReadModels(Section& root) {
  auto models = root.Child("models");
  if (!models || models->entries().empty()) {
    root.Report("models", "at least one model is needed");
    return;
  }
  for (const YamlEntry& entry : models->entries()) ReadModel(*models, entry);
}

// Settings that another type of router has.
void RejectOthersKeys(Section& section, std::string_view type, const Environment& environment) {
  const auto has = [&](std::string_view router, std::string_view setting) {
    const auto settings = environment.router_settings(router);
    return std::find(settings.begin(), settings.end(), setting) != settings.end();
  };
  for (const std::string_view key :
       {"checkpoint", "battles", "embeddings", "precision", "strong_model", "weak_model", "seed",
        "embedder", "prompt_embeddings"}) {
    const std::string_view setting = key == "prompt_embeddings" ? "embedder" : key;
    if (!section.Has(key) || has(type, setting)) continue;
    std::vector<std::string_view> others;
    for (const std::string_view other : environment.router_types) {
      if (has(other, setting)) others.push_back(other);
    }
    section.Report(key, fmt::format("does not apply to a {} router, only to {}", type,
                                    fmt::join(others, " and ")));
  }
}

void Reader::ReadRouter(Section& routers, const YamlEntry& entry) {
  if (const auto wrong = CheckRouterName(entry.key); !wrong.empty()) routers.Report(entry, wrong);
  Section section = routers.Child(entry);
  RouterConfig router{entry.key, {}};
  const auto type = section.Text("type");
  if (type) router.type = *type;
  if (const auto wrong = CheckRouterType(router.type, environment); !wrong.empty()) {
    if (type) {
      section.Report("type", wrong);
    } else {
      routers.Report(entry, wrong + " (a router of another name needs a type)");
    }
  }
  const auto file = [&](std::string_view key) {
    const auto name = section.Text(key);
    if (!name) return std::string();
    const std::filesystem::path path = directory / *name;
    std::error_code error;
    const bool folder = router.type == "bert";
    if (folder ? !std::filesystem::is_directory(path, error)
               : !std::filesystem::is_regular_file(path, error)) {
      section.Report(key, fmt::format("there is no {} {}", folder ? "folder" : "file",
                                      Printable(path.string())));
    }
    return path.string();
  };
  router.options.checkpoint_path = file("checkpoint");
  router.options.battles_path = file("battles");
  router.options.embeddings_path = file("embeddings");
  router.prompt_embeddings = file("prompt_embeddings");
  router.options.precision = ReadPrecision(section, /*int4=*/router.type == "sw_ranking");
  router.options.strong_model = section.Text("strong_model").value_or("");
  router.options.weak_model = section.Text("weak_model").value_or("");
  router.options.seed = section.Integer("seed", 0, UINT64_MAX);
  if (const auto embedder = section.Text("embedder");
      embedder && Refers(section, "embedder", "embedder", *embedder, config.embedders)) {
    router.embedder = *embedder;
  }
  if (router.type == "causal_llm")
    router.scoring_model = ReadScoringModel(section, environment, directory);
  if (router.type == "exec") router.command = ReadCommand(section, environment, directory);
  if (CheckRouterType(router.type, environment).empty())
    RejectOthersKeys(section, router.type, environment);
  section.RejectUnknownKeys();
  config.routers.emplace(entry.key, std::move(router));
}

void Reader::ReadEmbedders(Section& root) {
  auto embedders = root.Child("embedders");
  if (!embedders) return;
  for (const YamlEntry& entry : embedders->entries()) {
    if (const auto wrong = CheckRouterName(entry.key); !wrong.empty())
      embedders->Report(entry, "an embedder's name follows the rules of a router's: " + wrong);
    config.embedders.emplace(entry.key,
                             ReadEmbedder(embedders->Child(entry), environment, directory));
  }
}

void Reader::ReadRouters(Section& root) {
  auto routers = root.Child("routers");
  if (!routers) {
    config.routers.emplace("mf", RouterConfig{"mf", {}});
    return;
  }
  for (const YamlEntry& entry : routers->entries()) ReadRouter(*routers, entry);
}

void Reader::ReadThreshold(Section& section, RouteConfig& route) {
  if (const auto text = section.Text("strong_model_pct")) {
    const auto share = StrongShare::Parse(*text);
    if (!share) {
      section.Report("strong_model_pct",
                     fmt::format("'{}' is not a share of strong calls: give a number between 0 and "
                                 "1, both excluded, such as 0.3",
                                 Printable(*text)));
    }
    if (section.Has("threshold")) {
      (void)section.Text("threshold");
      section.Report("strong_model_pct", "does not go with threshold: give one of them");
    }
    if (share) route.strong_share = *share;
    return;
  }
  const auto text = section.Text("threshold");
  if (!text) {
    if (!section.Has("threshold") && !section.Has("strong_model_pct"))
      section.Report("threshold", "is missing, and so is strong_model_pct: give one of them");
    return;
  }
  const auto threshold = Threshold::Parse(*text);
  if (!threshold)
    section.Report("threshold", fmt::format("'{}' is not a number from 0 to 1", Printable(*text)));
  route.threshold = threshold.value_or(Threshold());
}

void Reader::ReadRoute(Section& routes, const YamlEntry& entry) {
  if (const auto wrong = CheckClientName(entry.key); !wrong.empty()) routes.Report(entry, wrong);
  if (config.models.contains(entry.key)) {
    routes.Report(entry, "a model has this name too: clients could not tell them apart");
  }
  Section section = routes.Child(entry);
  RouteConfig route;
  route.name = entry.key;
  if (const auto router = section.RequiredText("router");
      router && Refers(section, "router", "router", *router, config.routers)) {
    route.router = *router;
  }
  ReadThreshold(section, route);
  const auto strong = section.RequiredText("strong");
  const auto weak = section.RequiredText("weak");
  if (strong && Refers(section, "strong", "model", *strong, config.models))
    route.strong_model = *strong;
  if (weak && Refers(section, "weak", "model", *weak, config.models)) route.weak_model = *weak;
  if (strong && strong == weak)
    section.Report("weak", "is the same model as strong: nothing is left to route");
  if (const auto choice = section.Text("when_unscorable")) {
    if (*choice != "strong" && *choice != "weak") {
      section.Report("when_unscorable",
                     fmt::format("'{}' is neither strong nor weak", Printable(*choice)));
    }
    route.when_unscorable = *choice == "weak" ? Choice::kWeak : Choice::kStrong;
  }
  section.RejectUnknownKeys();
  config.routes.emplace(entry.key, std::move(route));
}

void Reader::ReadRoutes(Section& root) {
  auto routes = root.Child("routes");
  if (!routes) return;
  for (const YamlEntry& entry : routes->entries()) ReadRoute(*routes, entry);
}

void Reader::ReadDefaultRoute(Section& root) {
  std::string name = config.routes.size() == 1 ? config.routes.begin()->first : "default";
  if (const auto given = root.Text("default_route")) {
    if (!Refers(root, "default_route", "route", *given, config.routes)) return;
    name = *given;
  }
  if (const auto route = config.routes.find(name); route != config.routes.end()) {
    config.default_route = route->second;
  }
}

void Reader::ReadLimits(Section& root) {
  auto section = root.Child("limits");
  if (!section) return;
  constexpr std::uint64_t kKib = 1024;
  constexpr std::uint64_t kGib = 1024 * 1024 * 1024;
  Limits& limits = config.limits;
  const auto size = [&](std::string_view key, std::uint64_t min, std::uint64_t max,
                        std::size_t& value) {
    value = section->Size(key, min, max).value_or(value);
  };
  const auto count = [&](std::string_view key, std::uint64_t min, std::uint64_t max,
                         std::size_t& value) {
    value = section->Integer(key, min, max).value_or(value);
  };
  const auto duration = [&](std::string_view key, int min, milliseconds& value) {
    value = section->Duration(key, milliseconds(min)).value_or(value);
  };
  size("max_header", kKib, kGib / 1024, limits.max_header_bytes);
  size("max_body", kKib, kGib, limits.max_body_bytes);
  size("max_scored", 1, kGib / 1024, limits.max_scored_bytes);
  count("max_connections", 1, 1'000'000, limits.max_connections);
  duration("client_header_timeout", 1, limits.client_header_timeout);
  duration("client_body_timeout", 1, limits.client_body_timeout);
  duration("client_idle_timeout", 1, limits.client_idle_timeout);
  duration("client_write_timeout", 1, limits.client_write_timeout);
  duration("upstream_connect_timeout", 1, limits.upstream_connect_timeout);
  duration("upstream_first_byte_timeout", 1, limits.upstream_first_byte_timeout);
  duration("upstream_stall_timeout", 1, limits.upstream_stall_timeout);
  duration("upstream_idle_timeout", 1, limits.upstream_idle_timeout);
  count("upstream_idle_connections", 0, 100'000, limits.upstream_idle_connections);
  duration("shutdown_grace", 0, limits.shutdown_grace);
  section->RejectUnknownKeys();
}

}  // namespace

Config ReadConfig(const YamlNode& root, const std::filesystem::path& directory,
                  const Environment& environment, Problems& problems) {
  Reader reader{directory, environment, problems, {}};
  Section section("", 0, root, problems);
  reader.ReadListen(section);
  reader.config.workers =
      static_cast<unsigned>(section.Integer("workers", 0, kMaxWorkers).value_or(0));
  reader.config.verbose = section.Flag("verbose").value_or(false);
  reader.ReadModels(section);
  reader.ReadEmbedders(section);
  reader.ReadRouters(section);
  reader.ReadRoutes(section);
  reader.ReadDefaultRoute(section);
  reader.ReadLimits(section);
  section.RejectUnknownKeys();
  return std::move(reader.config);
}

std::optional<std::string> ParseListenHost(std::string_view text) {
  const std::string host = text == "localhost" ? "127.0.0.1" : std::string(text);
  return IsIpAddress(host) ? std::optional(host) : std::nullopt;
}

}  // namespace routellm::config
