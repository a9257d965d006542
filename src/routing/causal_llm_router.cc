#include "routing/causal_llm_router.h"

#include <algorithm>
#include <cmath>

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
  const auto& logs = scores->log_probabilities;
  const double largest = *std::max_element(logs.begin(), logs.end());
  if (!std::isfinite(largest)) return WinRate::Clamped(1.0);
  constexpr std::size_t kGood = 3;  // the place of score 4
  double good = 0.0;
  double all = 0.0;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    const double share = std::exp(logs[i] - largest);
    all += share;
    if (i >= kGood) good += share;
  }
  return WinRate::Clamped(1.0 - good / all);
}

}  // namespace routellm::routing
