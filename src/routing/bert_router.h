// The `bert` router: an encoder that was fine-tuned to tell which model's answer is preferred (Ong
// et al., "RouteLLM: Learning to Route LLMs with Preference Data", 2024, section 4).
#pragma once

#include <cstddef>
#include <memory>

#include "routing/router.h"

namespace routellm::routing {

// Strong wins, tie, weak wins.
inline constexpr std::size_t kBertLabels = 3;

// The evidence is the logits of these labels, which embedding::SequenceClassifier gives. The win
// rate is the probability of the first, as in the published router: a tie counts for the weak
// model.
class BertRouter final : public Router {
 public:
  BertRouter();

  [[nodiscard]] const RouterInfo& Info() const override { return info_; }
  [[nodiscard]] Result<WinRate> Score(const Query& query, const Evidence& evidence) const override;

 private:
  RouterInfo info_;
};

}  // namespace routellm::routing
