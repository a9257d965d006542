// The flags that choose a router and where its evidence comes from.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <CLI/App.hpp>

#include "cli/embedder_flags.h"
#include "config/config.h"
#include "core/error.h"
#include "evidence_client/scorer.h"
#include "routing/registry.h"
#include "routing/router.h"

namespace routellm::cli {

struct RouterFlags {
  std::string router = "mf";  // a router of the configuration, or of this program
  std::string checkpoint;
  std::string config;
  EmbedderFlags embedder;
};

struct ChosenRouter {
  std::unique_ptr<const routing::Router> router;
  config::RouterConfig settings;
  config::Config config;  // that of the flags, or an empty one
};

// A router of the configuration that the flags name; else one of that name with `options`. Errors:
// kInvalidRequest, kIo or kInvalidData for what cannot be read; as routing::MakeRouter.
[[nodiscard]] Result<ChosenRouter> ChooseRouter(const RouterFlags& flags,
                                                routing::RouterOptions options);

// The same with its embedder. Errors: those; as ChooseEmbedder and Scorer::Make.
[[nodiscard]] Result<evidence_client::Scorer> MakeScorer(const RouterFlags& flags,
                                                         routing::RouterOptions options);

// The embedder of the flags, else the one in `config` that the router names, else none. Errors: as
// ReadEmbedderFlags.
[[nodiscard]] Result<std::optional<config::EmbedderConfig>> ChooseEmbedder(
    const config::RouterConfig& router, const config::Config& config, const EmbedderFlags& flags);

// Adds --router with `help`, --checkpoint, --config and the embedder's flags.
void AddRouterFlags(CLI::App& command, RouterFlags& flags, const std::string& help);

}  // namespace routellm::cli
