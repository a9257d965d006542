#include "routing/causal_llm_router.h"

#include "routing/score_distribution.h"

namespace routellm::routing {

CausalLlmRouter::CausalLlmRouter() {
  info_.name = "causal_llm";
  info_.evidence = EvidenceKind::kScores;
  info_.description = "a language model's prediction of the weak model's score";
}

Result<WinRate> CausalLlmRouter::Score(const Query& /*query*/, const Evidence& evidence) const {
  const auto* scores = std::get_if<ScoreDistribution>(&evidence);
  if (scores == nullptr)
    return Fail(ErrorCode::kInvalidData, "this router scores a distribution of scores");
  return WinRateOf(*scores);
}

}  // namespace routellm::routing
