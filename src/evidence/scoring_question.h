// The scores of one prompt, asked of a served language model.
#pragma once

#include <memory>
#include <utility>

#include "config/evidence.h"
#include "evidence/question.h"
#include "evidence/scoring_prompt.h"

namespace routellm::evidence {

class ScoringQuestion final : public Question {
 public:
  // Errors: as ScoringPrompt::Make.
  [[nodiscard]] static Result<std::unique_ptr<const ScoringQuestion>> Make(
      config::ScoringModelConfig config);

  // What could be a special token in `prompt` is broken up (untrusted_text.h).
  [[nodiscard]] std::string Body(std::string_view prompt) const override;
  // A routing::ScoreDistribution.
  [[nodiscard]] Result<EvidenceValue> Read(std::string_view answer) const override;

 private:
  ScoringQuestion(config::ScoringModelConfig config, ScoringPrompt prompt)
      : config_(std::move(config)), prompt_(std::move(prompt)) {}

  const config::ScoringModelConfig config_;
  const ScoringPrompt prompt_;
};

}  // namespace routellm::evidence
