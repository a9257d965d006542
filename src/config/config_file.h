// The configuration file, in YAML. docs/guides/configuration.md describes every key.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "config/config.h"
#include "config/environment.h"
#include "config/problems.h"
#include "config/yaml_tree.h"

namespace routellm::config {

// What the parsed file `root` says; paths in it are relative to `directory`. Adds to `problems`
// whatever is wrong: the result is usable only if there is nothing. A key variable that is not set
// is not a problem here (MissingKeys).
[[nodiscard]] Config ReadConfig(const YamlNode& root, const std::filesystem::path& directory,
                                const Environment& environment, Problems& problems);

// The address to listen on: an IPv4 or IPv6 address, or "localhost", which is 127.0.0.1. Nothing
// for anything else.
[[nodiscard]] std::optional<std::string> ParseListenHost(std::string_view text);

}  // namespace routellm::config
