#include "cli/router_flags.h"

#include <utility>

#include "cli/serve_flags.h"
#include "config/load.h"

namespace routellm::cli {

using evidence_client::Scorer;

Result<std::optional<config::EmbedderConfig>> ChooseEmbedder(const config::RouterConfig& router,
                                                             const config::Config& config,
                                                             const EmbedderFlags& flags) {
  if (!flags.embedder.empty()) return ReadEmbedderFlags(flags);
  if (router.embedder.empty()) return std::nullopt;
  return config.embedders.at(router.embedder);
}

Result<ChosenRouter> ChooseRouter(const RouterFlags& flags, routing::RouterOptions options) {
  ChosenRouter chosen;
  options.checkpoint_path = flags.checkpoint;
  if (flags.router == "bert") options.precision = PrecisionOf(flags.embedder);
  chosen.settings = {.type = flags.router, .options = std::move(options)};
  if (!flags.config.empty()) {
    auto read = config::ReadConfigFile(flags.config, SystemEnvironment());
    if (!read) return tl::unexpected(std::move(read.error()));
    chosen.config = *std::move(read);
    const auto found = chosen.config.routers.find(flags.router);
    if (found != chosen.config.routers.end()) chosen.settings = found->second;
  }
  auto router = routing::MakeRouter(chosen.settings.type, chosen.settings.options);
  if (!router) return tl::unexpected(std::move(router.error()));
  chosen.router = *std::move(router);
  return chosen;
}

Result<Scorer> MakeScorer(const RouterFlags& flags, routing::RouterOptions options) {
  auto chosen = ChooseRouter(flags, std::move(options));
  if (!chosen) return tl::unexpected(std::move(chosen.error()));
  const auto embedder = ChooseEmbedder(chosen->settings, chosen->config, flags.embedder);
  if (!embedder) return tl::unexpected(embedder.error());
  return Scorer::Make(std::move(chosen->router), chosen->settings, *embedder);
}

void AddRouterFlags(CLI::App& command, RouterFlags& flags, const std::string& help) {
  command.add_option("--router", flags.router, help)->capture_default_str();
  auto* checkpoint = command.add_option("--checkpoint", flags.checkpoint,
                                        "Checkpoint of the router: a file, of bert a folder; "
                                        "default: that of mf which is built in");
  checkpoint->type_name("PATH");
  command
      .add_option("--config", flags.config,
                  "Configuration whose routers --router may name, with their settings")
      ->type_name("FILE")
      ->excludes(checkpoint);
  AddEmbedderOptions(command, flags.embedder,
                     "What embeds the prompts for a router that scores embeddings");
}

}  // namespace routellm::cli
