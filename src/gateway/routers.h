// The routers of a configuration, and what gets their evidence.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "core/error.h"
#include "core/worker_pool.h"
#include "gateway/evidence_provider.h"
#include "routing/router.h"

namespace routellm::gateway {

struct LoadedRouter {
  std::unique_ptr<const routing::Router> router;
  EvidenceProvider* evidence = nullptr;      // null: it needs none
  EvidenceProvider* slow_scoring = nullptr;  // scores on a thread of the pool; null: quick enough
};

// The order of the members is that of their ends, backwards: work in progress comes first.
struct Routers {
  std::map<std::string, LoadedRouter, std::less<>> by_name;  // as the configuration calls them
  std::vector<std::unique_ptr<EvidenceProvider>> providers;
  std::unique_ptr<WorkerPool> pool;  // null where no provider computes here
};

// Makes all routers of `config`, the embedders that they name, and gives each route that has a
// strong share its threshold. `subject` is what the routers are the routers of, for the error; its
// detail lists every problem with its key path and its code is the first one's. Errors: as
// routing::MakeRouter, evidence::MakeLocalEmbedder, evidence::CheckEmbedder and
// routing::ThresholdFor; kInvalidData for a router that needs an embedder and names none, or the
// reverse.
[[nodiscard]] Result<Routers> MakeRouters(config::Config& config, std::string_view subject);

}  // namespace routellm::gateway
