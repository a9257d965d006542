// A configuration in words, for `routellm check-config` and for the start of `routellm serve`.
#pragma once

#include <string>

#include "config/config.h"

namespace routellm::config {

// Several lines, each ended: models with their address and where their key comes from (never the
// key), routers, routes.
[[nodiscard]] std::string Describe(const Config& config);

}  // namespace routellm::config
