// The flags that choose a router and where its evidence comes from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <CLI/App.hpp>

#include "cli/embedder_flags.h"
#include "config/config.h"
#include "core/error.h"
#include "evidence_client/scorer.h"

namespace routellm::cli {

struct RouterFlags {
  std::string router = "mf";  // a router of the configuration, or of this program
  std::string checkpoint;
  std::string config;
  EmbedderFlags embedder;
};

// A router of the configuration that the flags name, with its embedder; else one of that name with
// `options`. Errors: kInvalidRequest, kIo or kInvalidData for what cannot be read or does not fit
// together; as routing::MakeRouter and Scorer::Make.
[[nodiscard]] Result<evidence_client::Scorer> MakeScorer(const RouterFlags& flags,
                                                         routing::RouterOptions options);

// The embedder of the flags, else the one in `config` that the router names, else none. Errors: as
// ReadEmbedderFlags.
[[nodiscard]] Result<std::optional<config::EmbedderConfig>> ChooseEmbedder(
    const config::RouterConfig& router, const config::Config& config, const EmbedderFlags& flags);

// Adds --router with `help`, --checkpoint, --config and the embedder's flags.
void AddRouterFlags(CLI::App& command, RouterFlags& flags, const std::string& help);

}  // namespace routellm::cli
