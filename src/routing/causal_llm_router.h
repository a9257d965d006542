// The `causal_llm` router: a language model predicts the score, 1 to 5, that an expert would give
// the weak model's answer.
#pragma once

#include "routing/router.h"

namespace routellm::routing {

// P(the weak model suffices) is the probability of a score of 4 or 5, under the softmax of the five
// scores' log-probabilities; the win rate is 1 - that (Ong et al., RouteLLM, arXiv:2406.18665,
// section 4.2). A model that considers none of the scores leaves it to the strong model: win rate
// 1. The language model runs elsewhere and its distribution comes as evidence.
class CausalLlmRouter final : public Router {
 public:
  CausalLlmRouter();

  [[nodiscard]] const RouterInfo& Info() const override { return info_; }
  [[nodiscard]] Result<WinRate> Score(const Query& query, const Evidence& evidence) const override;

 private:
  RouterInfo info_;
};

}  // namespace routellm::routing
