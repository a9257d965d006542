#include "evidence/scoring_question.h"

#include "evidence/scores_api.h"
#include "evidence/untrusted_text.h"

namespace routellm::evidence {

Result<std::unique_ptr<const ScoringQuestion>> ScoringQuestion::Make(
    config::ScoringModelConfig config) {
  auto prompt = ScoringPrompt::Make(config);
  if (!prompt) return tl::unexpected(std::move(prompt.error()));
  return std::unique_ptr<const ScoringQuestion>(
      new ScoringQuestion(std::move(config), *std::move(prompt)));
}

std::string ScoringQuestion::Body(std::string_view prompt) const {
  return ScoresBody(config_, prompt_.system(), prompt_.User(NeutralizeTokens(prompt)));
}

Result<EvidenceValue> ScoringQuestion::Read(std::string_view answer) const {
  return ReadScores(answer, config_.labels).map([](const routing::ScoreDistribution& scores) {
    return EvidenceValue(scores);
  });
}

}  // namespace routellm::evidence
