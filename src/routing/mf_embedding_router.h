// The `mf` router on embeddings that come from elsewhere.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "routing/mf_embedding_checkpoint.h"
#include "routing/router.h"

namespace routellm::routing {

// For one pair of models the formula of mf_embedding_checkpoint.h is linear in the embedding, so
// that it is folded into one vector: a decision is one inner product.
class MfEmbeddingRouter final : public Router {
 public:
  // Empty names: the checkpoint's default pair. The checkpoint may be dropped afterwards. Error
  // kInvalidRequest if a name is missing or none of the checkpoint's models, or both are the same.
  [[nodiscard]] static Result<std::unique_ptr<const MfEmbeddingRouter>> Create(
      const MfEmbeddingCheckpoint& checkpoint, std::string_view strong_model,
      std::string_view weak_model);

  [[nodiscard]] const RouterInfo& Info() const override { return info_; }

  // Looks at the embedding alone. Error kInvalidData if there is none, if it has another number of
  // dimensions than the checkpoint's, or if it holds a value that is not finite.
  [[nodiscard]] Result<WinRate> Score(const Query& query, const Evidence& evidence) const override;

 private:
  explicit MfEmbeddingRouter(RouterInfo info) : info_(std::move(info)) {}

  RouterInfo info_;
  std::vector<float> weights_;  // of the embedding's numbers
  double constant_ = 0.0;       // what the bias adds
};

}  // namespace routellm::routing
