#include "routing/bert_router.h"

#include <cmath>

namespace routellm::routing {

BertRouter::BertRouter() {
  info_.name = "bert";
  info_.evidence = EvidenceKind::kLogits;
  info_.description = "an encoder that was fine-tuned on preferences";
}

Result<WinRate> BertRouter::Score(const Query& /*query*/, const Evidence& evidence) const {
  const auto logits = EmbeddingOf(evidence, kBertLabels);
  if (!logits) return tl::unexpected(logits.error());
  double all = 0.0;
  for (const float logit : *logits) all += std::exp(double{logit} - double{logits->front()});
  return WinRate::Clamped(1.0 / all);
}

}  // namespace routellm::routing
