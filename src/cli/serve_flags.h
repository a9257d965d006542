// The flags of `routellm serve`.
#pragma once

#include <CLI/App.hpp>

#include "config/load.h"

namespace routellm::cli {

// Adds the options of ServeFlags to the subcommand `serve`; parsing fills `flags`, which must
// outlive `serve`.
void AddServeFlags(CLI::App& serve, config::ServeFlags& flags);

// The process's environment variables, and the routers that this program has.
[[nodiscard]] config::Environment SystemEnvironment();

}  // namespace routellm::cli
