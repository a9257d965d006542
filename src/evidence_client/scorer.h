// A router together with the evidence that it needs, for the command-line tools.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "core/error.h"
#include "core/win_rate.h"
#include "evidence_client/evidence_getter.h"
#include "routing/router.h"

namespace routellm::evidence_client {

// Thread-safe.
class Scorer {
 public:
  // `router` is that of `config`. `embedder`: for a router that scores embeddings; none for any
  // other. Errors: as MakeEmbedder and evidence::ScoringQuestion::Make; kInvalidRequest for
  // evidence that the router needs and nothing gives, or the reverse, and for a key that is not
  // set; kInvalidData for an embedder that the router was not made for.
  [[nodiscard]] static Result<Scorer> Make(std::unique_ptr<const routing::Router> router,
                                           const config::RouterConfig& config,
                                           const std::optional<config::EmbedderConfig>& embedder);

  // Of a router that needs no evidence.
  explicit Scorer(std::unique_ptr<const routing::Router> router) : router_(std::move(router)) {}

  [[nodiscard]] const routing::Router& router() const { return *router_; }

  // The win rate of each prompt, in order, or why there is none. Prompts are any bytes, not empty.
  // Works on the caller's thread and blocks; evidence comes for all of them together, so that more
  // prompts at a time, up to some 64, cost less each.
  [[nodiscard]] std::vector<Result<WinRate>> Score(std::span<const std::string_view> prompts) const;

  // Why the router gives the win rate that Score gives to `prompt`. Errors: as Score, and as
  // routing::Router::Explain.
  [[nodiscard]] Result<routing::Explanation> Explain(std::string_view prompt) const;

  // The win rates of all prompts, of each at most `max_bytes`, on all cores. Error: that of a
  // prompt that fails, after which no further ones begin. `progress` is called with the
  // number that is done, one call at a time.
  [[nodiscard]] Result<std::vector<double>> ScoreAll(
      std::span<const std::string> prompts, std::size_t max_bytes,
      const std::function<void(std::size_t done)>& progress = {}) const;

 private:
  std::unique_ptr<const routing::Router> router_;
  std::unique_ptr<const EvidenceGetter> getter_;  // null: the router needs none
};

}  // namespace routellm::evidence_client
