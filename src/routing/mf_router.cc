#include "routing/mf_router.h"

#include <cmath>
#include <utility>

#include "routing/mf_pair.h"

namespace routellm::routing {
MfRouter::MfRouter(const MfCheckpoint& checkpoint, text::WordVectors words, RouterInfo info)
    : info_(std::move(info)),
      words_(std::move(words)),
      scale_(checkpoint.scale),
      functions_(checkpoint.functions),
      calibration_(checkpoint.calibration),
      own_labels_(checkpoint.own_labels) {}

Result<std::unique_ptr<const MfRouter>> MfRouter::Create(const MfCheckpoint& checkpoint,
                                                         std::string_view strong_model,
                                                         std::string_view weak_model) {
  if (auto valid = Validate(checkpoint); !valid) return tl::unexpected(valid.error());
  if (strong_model.empty()) strong_model = checkpoint.strong_model;
  if (weak_model.empty()) weak_model = checkpoint.weak_model;
  const auto strong = FindModel(checkpoint.models, strong_model);
  if (!strong) return tl::unexpected(strong.error());
  const auto weak = FindModel(checkpoint.models, weak_model);
  if (!weak) return tl::unexpected(weak.error());
  if (*strong == *weak)
    return Fail(ErrorCode::kInvalidRequest, "the strong and the weak model are the same");
  auto words = text::WordVectors::Create(checkpoint.words);
  if (!words) return tl::unexpected(words.error());

  RouterInfo info{.name = "mf",
                  .strong_model = std::string(strong_model),
                  .weak_model = std::string(weak_model),
                  .evidence = EvidenceKind::kNone,
                  .description = "matrix factorisation over features of the prompt",
                  .win_rate_quantiles = {}};
  if (checkpoint.own_labels && checkpoint.own_labels->embedding) {
    info.evidence = EvidenceKind::kEmbedding;
    info.description += " and an embedding of it";
    info.embedder = checkpoint.own_labels->embedding->embedder;
  }
  if (strong_model == checkpoint.strong_model && weak_model == checkpoint.weak_model)
    info.win_rate_quantiles = checkpoint.win_rate_percentiles;
  std::unique_ptr<MfRouter> router(new MfRouter(checkpoint, std::move(*words), std::move(info)));
  router->abilities_ = {checkpoint.abilities[*strong], checkpoint.abilities[*weak]};
  if (checkpoint.own_labels) {
    const auto hashed = text::HashedFeatures::Create(checkpoint.own_labels->features);
    if (!hashed) return tl::unexpected(hashed.error());
    router->hashed_ = *hashed;
  }
  return router;
}

Result<std::span<const float>> MfRouter::NeededEmbedding(const Evidence& evidence) const {
  if (info_.evidence == EvidenceKind::kEmbedding)
    return EmbeddingOf(evidence, info_.embedder.dimension);
  if (std::holds_alternative<std::monostate>(evidence)) return std::span<const float>();
  return Fail(ErrorCode::kInvalidData, "this router scores prompts, not embeddings");
}

double MfRouter::WithOwnLabels(double gap, std::string_view prompt, const PromptColumns& columns,
                               std::span<const float> embedding) const {
  if (!own_labels_) return gap;
  thread_local text::FeatureBag bag;
  hashed_->Extract(prompt, bag);
  return own_labels_->prior_share * gap + own_labels_->Term(columns, bag, embedding);
}

Result<WinRate> MfRouter::Score(const Query& query, const Evidence& evidence) const {
  const auto embedding = NeededEmbedding(evidence);
  if (!embedding) return tl::unexpected(embedding.error());
  const PromptColumns columns =
      MakeColumns(text::ExtractPromptFeatures(query.prompt, words_), scale_);
  const double known = PartsOf(functions_, columns, abilities_).Gap();
  const double gap = WithOwnLabels(known, query.prompt, columns, *embedding);
  if (!std::isfinite(gap))
    return Fail(ErrorCode::kInvalidData, "the embedding holds a number that is not finite");
  return WinRate::Clamped(calibration_.WinRate(gap));
}

}  // namespace routellm::routing
