// The `random` router: the baseline that every other router has to beat.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "routing/router.h"

namespace routellm::routing {

// Win rates uniform on [0, 1), independent of the prompt. With a seed the sequence is reproducible:
// the n-th call gets the n-th value, whichever thread makes it.
class RandomRouter final : public Router {
 public:
  // None: seeded by the operating system.
  explicit RandomRouter(std::optional<std::uint64_t> seed);

  [[nodiscard]] const RouterInfo& Info() const override { return info_; }
  [[nodiscard]] Result<WinRate> Score(const Query& query, const Evidence& evidence) const override;

 private:
  RouterInfo info_;
  std::uint64_t seed_;
  mutable std::atomic<std::uint64_t> calls_{0};
};

}  // namespace routellm::routing
