#include "routing/external_router.h"

namespace routellm::routing {

ExternalRouter::ExternalRouter() {
  info_.name = "exec";
  info_.evidence = EvidenceKind::kWinRate;
  info_.description = "the win rates that another program tells";
}

Result<WinRate> ExternalRouter::Score(const Query& /*query*/, const Evidence& evidence) const {
  if (const auto* win_rate = std::get_if<WinRate>(&evidence)) return *win_rate;
  return Fail(ErrorCode::kInvalidData, "this router needs a win rate from outside");
}

}  // namespace routellm::routing
