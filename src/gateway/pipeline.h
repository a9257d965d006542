// From a request to the model that answers it. No HTTP and no input or output here.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config.h"
#include "core/error.h"
#include "core/win_rate.h"
#include "gateway/routers.h"
#include "openai/request_view.h"
#include "routing/router.h"

namespace routellm::gateway {

// A model with what forwarding to it needs, worked out once.
struct Model {
  config::ModelConfig config;
  std::string json_name;     // the value of `model` in forwarded bodies, a JSON string
  std::string request_head;  // request line, host and key; secret
  std::size_t index = 0;     // position in Pipeline::models()
};

// A router between two models.
struct Route {
  // Whether a decision has to wait for something.
  [[nodiscard]] bool waits() const { return evidence != nullptr || slow_scoring != nullptr; }

  std::string name;  // of the configuration, or "router-NAME" where the client gives the threshold
  std::string router_name;  // as the configuration calls it
  const routing::Router* router = nullptr;
  EvidenceProvider* evidence = nullptr;      // as in LoadedRouter
  EvidenceProvider* slow_scoring = nullptr;  // the same
  Threshold threshold;
  const Model* strong = nullptr;
  const Model* weak = nullptr;
  Choice when_unscorable = Choice::kStrong;
  std::size_t index = 0;  // position in Pipeline::routes()
};

// Why the route's `when_unscorable` decided.
enum class Unscored : std::uint8_t { kNo, kNoText, kTimeout, kOverloaded, kUnavailable, kInvalid };
inline constexpr std::array<std::string_view, 6> kUnscoredNames = {
    "", "no_text", "timeout", "overloaded", "unavailable", "invalid"};

struct Decision {
  const Model* model = nullptr;
  const Route* route = nullptr;  // nullptr: the client named the model itself
  Choice choice = Choice::kStrong;
  Threshold threshold = {};
  std::optional<WinRate> win_rate = std::nullopt;  // none: nothing was scored
  std::chrono::nanoseconds scoring_time{0};        // what was waited for included
  Unscored unscored = Unscored::kNo;
};

// Immutable after Create; thread-safe.
class Pipeline {
 public:
  // `config` and `routers` as MakeRouters leaves them.
  [[nodiscard]] static std::unique_ptr<const Pipeline> Create(const config::Config& config,
                                                              Routers routers);

  // Whole, unless there is a prompt for a route that waits: then without a model, until Complete.
  // Errors: kModelNotFound, with a message that lists what exists; kInvalidRequest for a wrong
  // threshold.
  [[nodiscard]] Result<Decision> Decide(const openai::RequestView& request) const;

  // The decision of a route by a win rate, or without one.
  static void Complete(const Result<WinRate>& win_rate, std::chrono::nanoseconds scoring_time,
                       Decision& decision);

  [[nodiscard]] const std::vector<std::unique_ptr<Model>>& models() const { return models_; }
  [[nodiscard]] const std::vector<std::unique_ptr<Route>>& routes() const { return routes_; }
  [[nodiscard]] const std::vector<std::unique_ptr<EvidenceProvider>>& providers() const {
    return routers_.providers;
  }

  // Whether a client may put `name` into `model`. Errors: as Decide.
  [[nodiscard]] Result<void> Offers(std::string_view name) const;

  // What a client may put into `model`, in the order in which it is listed: routes,
  // "router-NAME-THRESHOLD", models.
  [[nodiscard]] const std::vector<std::string>& offered() const { return offered_; }

 private:
  explicit Pipeline(Routers routers) : routers_(std::move(routers)) {}
  void AddModels(const config::Config& config);
  void AddRoutes(const config::Config& config);
  void AddRoute(const config::RouteConfig& route, std::string name);

  // The target of the name, without a win rate.
  Result<Decision> Resolve(std::string_view name) const;

  const Routers routers_;
  std::vector<std::unique_ptr<Model>> models_;
  std::vector<std::unique_ptr<Route>> routes_;
  std::map<std::string_view, const Model*, std::less<>> models_by_name_;
  std::map<std::string_view, const Route*, std::less<>> routes_by_name_;  // "router-NAME" included
  std::vector<std::string> offered_;
};

}  // namespace routellm::gateway
