// The routers that this program knows, by name.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "routing/battle_embeddings.h"
#include "routing/router.h"

namespace routellm::routing {

// The settings of one router, as in the section `routers` of the configuration; each router says
// which it reads.
struct RouterOptions {
  // mf: a file written by `routellm train mf`, or a published one, which needs embeddings; empty:
  // the built-in checkpoint. score: a file written by `routellm train score`; empty: the built-in
  // one. knn: a file written by `routellm train knn`. bert: a classifier's folder
  // (embedding/sequence_classifier.h).
  std::string checkpoint_path;
  // sw_ranking: battles (docs/formats/battles.md), and a row for each (battle_embeddings.h).
  std::string battles_path;
  std::string embeddings_path;
  Precision precision = Precision::kFloat;  // of sw_ranking's embeddings; of bert's encoder
  // mf, score: names in the checkpoint; empty: the checkpoint's default pair. sw_ranking: names in
  // the battles; empty: the pair of the published routers.
  std::string strong_model;
  std::string weak_model;
  std::optional<std::uint64_t> seed;  // random: reproducible sequence; none: seeded by the system
};

// The names that MakeRouter takes, in the order in which help texts show them.
[[nodiscard]] std::vector<std::string_view> RouterNames();

// Whether a decision of that router can take a millisecond or more, so that it must not be made on
// an event loop.
[[nodiscard]] bool IsSlow(std::string_view name);

// Those of the configuration's keys for routers that the router of that name reads: checkpoint,
// embedder and so on. Empty for a name that is not in RouterNames().
[[nodiscard]] std::vector<std::string_view> RouterSettings(std::string_view name);

// Errors: kInvalidRequest for a name that is not in RouterNames(); kIo or kInvalidData for its
// checkpoint.
[[nodiscard]] Result<std::unique_ptr<const Router>> MakeRouter(std::string_view name,
                                                               const RouterOptions& options);

}  // namespace routellm::routing
