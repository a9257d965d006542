#include "routing/mf_embedding_router.h"

#include <cmath>
#include <cstddef>
#include <utility>

#include "routing/dot_product.h"
#include "routing/mf_pair.h"

namespace routellm::routing {
namespace {

// direction T, [embedding_dimension]
std::vector<float> Fold(const MfEmbeddingCheckpoint& checkpoint,
                        const std::vector<double>& direction) {
  std::vector<double> sums(checkpoint.embedding_dimension);
  for (std::size_t i = 0; i < direction.size(); ++i) {
    const float* row = checkpoint.projection.data() + i * sums.size();
    for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += direction[i] * row[j];
  }
  std::vector<float> folded(sums.size());
  for (std::size_t j = 0; j < sums.size(); ++j) folded[j] = static_cast<float>(sums[j]);
  return folded;
}

}  // namespace

Result<std::unique_ptr<const MfEmbeddingRouter>> MfEmbeddingRouter::Create(
    const MfEmbeddingCheckpoint& checkpoint, std::string_view strong_model,
    std::string_view weak_model) {
  auto pair = MakeMfPair({.names = checkpoint.models,
                          .vectors = checkpoint.model_vectors,
                          .classifier = checkpoint.classifier,
                          .strong_model = checkpoint.strong_model,
                          .weak_model = checkpoint.weak_model},
                         strong_model, weak_model);
  if (!pair) return tl::unexpected(pair.error());
  const auto& quantiles = checkpoint.win_rate_quantiles;
  std::unique_ptr<MfEmbeddingRouter> router(new MfEmbeddingRouter(
      {.name = "mf",
       .strong_model = std::move(pair->strong_model),
       .weak_model = std::move(pair->weak_model),
       .evidence = EvidenceKind::kEmbedding,
       .description = "matrix factorisation over an embedding of the prompt",
       .win_rate_quantiles = pair->is_default ? quantiles : std::vector<double>(),
       .embedder = checkpoint.embedder}));
  router->weights_ = Fold(checkpoint, pair->direction);
  for (std::size_t i = 0; i < checkpoint.bias.size(); ++i)
    router->constant_ += pair->direction[i] * double{checkpoint.bias[i]};
  return router;
}

Result<WinRate> MfEmbeddingRouter::Score(const Query& /*query*/, const Evidence& evidence) const {
  const auto embedding = EmbeddingOf(evidence, weights_.size());
  if (!embedding) return tl::unexpected(embedding.error());
  const double logit = constant_ + DotProduct(embedding->data(), weights_.data(), weights_.size());
  if (!std::isfinite(logit))
    return Fail(ErrorCode::kInvalidData, "the embedding holds a number that is not finite");
  return WinRate::Clamped(1.0 / (1.0 + std::exp(-logit)));
}

}  // namespace routellm::routing
