#include "evidence/embedding_question.h"

#include <array>
#include <utility>

#include "evidence/embeddings_api.h"

namespace routellm::evidence {

EmbeddingQuestion::EmbeddingQuestion(const config::EmbedderConfig& config, std::size_t dimension)
    : model_(config.endpoint.upstream_model),
      asked_dimensions_(config.dimensions),
      dimension_(dimension) {}

std::string EmbeddingQuestion::Body(std::string_view prompt) const {
  const std::array<std::string_view, 1> one{prompt};
  return EmbeddingsBody(model_, asked_dimensions_, one);
}

Result<EvidenceValue> EmbeddingQuestion::Read(std::string_view answer) const {
  return ReadEmbeddings(answer, 1, dimension_).map([](embedding::Matrix&& matrix) {
    return EvidenceValue(std::move(matrix.values));
  });
}

}  // namespace routellm::evidence
