// The embedding of one prompt, asked of a server.
#pragma once

#include "config/evidence.h"
#include "evidence/question.h"

namespace routellm::evidence {

class EmbeddingQuestion final : public Question {
 public:
  // `config.kind` is kRemote. `dimension`: of the vectors that the routers need; 0: any.
  EmbeddingQuestion(const config::EmbedderConfig& config, std::size_t dimension);

  [[nodiscard]] std::string Body(std::string_view prompt) const override;
  [[nodiscard]] Result<EvidenceValue> Read(std::string_view answer) const override;

 private:
  const std::string model_;
  const std::size_t asked_dimensions_;
  const std::size_t dimension_;
};

}  // namespace routellm::evidence
