#include "evidence/embedders.h"

#include <string>
#include <utility>

#include "embedding/encoder_embedder.h"
#include "embedding/hashed_embedder.h"
#include "embedding/sequence_classifier.h"
#include "evidence/embeddings_api.h"
#include "routing/bert_router.h"

namespace routellm::evidence {

using embedding::EmbedderIdentity;

Result<std::unique_ptr<const embedding::Embedder>> MakeLocalEmbedder(
    const config::EmbedderConfig& config) {
  if (config.kind == config::EmbedderKind::kHashed) {
    return std::make_unique<const embedding::HashedEmbedder>(
        config.dimensions != 0 ? config.dimensions : embedding::HashedEmbedder::kDefaultDimension);
  }
  auto loaded = embedding::EncoderEmbedder::Load(
      config.model_folder, {.precision = config.precision, .first_token = config.first_token});
  if (!loaded) return tl::unexpected(std::move(loaded.error()));
  return std::make_unique<const embedding::EncoderEmbedder>(*std::move(loaded));
}

Result<std::unique_ptr<const embedding::Embedder>> MakeClassifier(
    const routing::RouterOptions& options) {
  auto loaded = embedding::SequenceClassifier::Load(options.checkpoint_path, routing::kBertLabels,
                                                    options.precision);
  if (!loaded) return tl::unexpected(std::move(loaded.error()));
  return std::make_unique<const embedding::SequenceClassifier>(*std::move(loaded));
}

EmbedderIdentity RemoteIdentity(const config::EmbedderConfig& config) {
  const std::string& model = config.endpoint.upstream_model;
  return {.name = "remote",
          .dimension = config.dimensions != 0 ? config.dimensions : KnownDimension(model),
          .revision = model};
}

Result<void> CheckEmbedder(const routing::RouterInfo& router, const EmbedderIdentity& embedder) {
  const EmbedderIdentity& need = router.embedder;
  if (need.dimension != 0 && embedder.dimension != 0 && need.dimension != embedder.dimension) {
    return Fail(ErrorCode::kInvalidData,
                "the embedder gives " + std::to_string(embedder.dimension) +
                    " numbers; this router was made for " + std::to_string(need.dimension));
  }
  if (!need.name.empty() && (need.name != embedder.name || need.revision != embedder.revision)) {
    return Fail(ErrorCode::kInvalidData, "this router was made for the embedder " + need.name +
                                             " (revision " + need.revision + "), not for " +
                                             embedder.name + " (revision " + embedder.revision +
                                             ")");
  }
  return {};
}

}  // namespace routellm::evidence
