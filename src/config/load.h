// From files and flags to a configuration.
#pragma once

#include <filesystem>

#include "config/config.h"
#include "config/environment.h"
#include "config/flags.h"
#include "core/error.h"

namespace routellm::config {

// The configuration that `flags` ask for, complete and checked: every name that is referred to
// exists, and every model that needs a key has one. With a configuration file only the flags of the
// server itself (host, port, workers, verbose) may be given beside it, and they prevail.
//
// Errors: kInvalidRequest for a file that cannot be read and for unusable flags; kInvalidData for
// an unusable file and for key variables that are not set. `detail` then lists every problem on a
// line of its own.
[[nodiscard]] Result<Config> LoadConfig(const ServeFlags& flags, const Environment& environment);

// The configuration in a file alone. Of a router file of the Python package it has nothing but the
// routers. Errors as above, but for key variables, which need not be set.
[[nodiscard]] Result<Config> ReadConfigFile(const std::filesystem::path& path,
                                            const Environment& environment);

// The models and embedders whose key variable is not set.
[[nodiscard]] Problems MissingKeys(const Config& config);

}  // namespace routellm::config
