// The `exec` router: a program of the operator's tells the win rates.
#pragma once

#include "routing/router.h"

namespace routellm::routing {

// The win rate is the evidence.
class ExternalRouter final : public Router {
 public:
  ExternalRouter();

  [[nodiscard]] const RouterInfo& Info() const override { return info_; }
  [[nodiscard]] Result<WinRate> Score(const Query& query, const Evidence& evidence) const override;

 private:
  RouterInfo info_;
};

}  // namespace routellm::routing
