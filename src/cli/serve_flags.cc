#include "cli/serve_flags.h"

#include <fmt/format.h>

#include <cstdlib>

#include "routing/registry.h"

namespace routellm::cli {

void AddServeFlags(CLI::App& serve, config::ServeFlags& flags) {
  serve.add_option(
      "--config", flags.config,
      "Configuration file (see `routellm check-config`), or a router file of the Python package");
  serve.add_option("--routers", flags.routers, "Routers that clients may name (default: mf)")
      ->delimiter(',');
  serve.add_option(
      "--strong-model", flags.strong_model,
      fmt::format("Strong model, PROVIDER/MODEL (default: {})", config::kDefaultStrongModel));
  serve.add_option(
      "--weak-model", flags.weak_model,
      fmt::format("Weak model, PROVIDER/MODEL (default: {})", config::kDefaultWeakModel));
  serve.add_option("--router", flags.router,
                   "Router of the route `default` (default: the first of --routers)");
  serve.add_option(
      "--threshold", flags.threshold,
      "Win rate from which on the route `default` takes the strong model (default: 0.5)");
  serve.add_option("--strong-model-pct", flags.strong_model_pct,
                   "Instead of --threshold: the share of calls that the strong model is to answer, "
                   "such as 0.3; the threshold is taken from the router's calibration table");
  serve.add_option("--base-url", flags.base_url,
                   "Address of both models' API, such as http://10.0.0.5:8000/v1");
  serve.add_option(
      "--api-key", flags.api_key,
      "Key of both models. Other users of the machine can see it: prefer the provider's variable");
  serve.add_option("--host", flags.host, "Address to listen on (default: 127.0.0.1)");
  serve.add_option("--port", flags.port, "Port to listen on; 0: any free one (default: 6060)");
  serve.add_option("--workers", flags.workers, "Event loops; 0: one per core (default: 0)")
      ->check(CLI::Range(0U, 1024U));
  serve.add_flag("--verbose", flags.verbose, "Log every request");
}

config::Environment SystemEnvironment() {
  const auto variable = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
  };
  return {variable, routing::RouterNames(), routing::RouterSettings};
}

}  // namespace routellm::cli
