// From a configuration to routers that score.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "config/config.h"
#include "core/error.h"
#include "routing/router.h"

namespace routellm::gateway {

// By the names that the configuration gives them.
using Routers = std::map<std::string, std::unique_ptr<const routing::Router>, std::less<>>;

// Makes the routers, which loads their checkpoints, and gives each route with a strong share the
// threshold that its router's calibration table has for it. A router that scores embeddings is a
// problem, as the gateway computes none. Error: every problem on a line of its
// own, with its key path, about `subject` (a file, or what the configuration came from); the code
// is that of the first.
[[nodiscard]] Result<Routers> MakeRouters(config::Config& config, std::string_view subject);

}  // namespace routellm::gateway
