#include "routing/mf_router.h"

#include <cmath>

#include "routing/mf_pair.h"

namespace routellm::routing {
namespace {

double Dot(const float* row, const std::vector<double>& direction) {
  double sum = 0.0;
  for (std::size_t i = 0; i < direction.size(); ++i) sum += row[i] * direction[i];
  return sum;
}

}  // namespace

Result<std::unique_ptr<const MfRouter>> MfRouter::Create(const MfCheckpoint& checkpoint,
                                                         std::string_view strong_model,
                                                         std::string_view weak_model) {
  auto pair = MakeMfPair({.names = checkpoint.models,
                          .vectors = checkpoint.model_vectors,
                          .classifier = checkpoint.classifier,
                          .strong_model = checkpoint.strong_model,
                          .weak_model = checkpoint.weak_model},
                         strong_model, weak_model);
  if (!pair) return tl::unexpected(pair.error());
  for (double& value : pair->direction) value *= checkpoint.slope;
  const auto features = text::HashedFeatures::Create(checkpoint.features);
  if (!features) return tl::unexpected(features.error());

  RouterInfo info{.name = "mf",
                  .strong_model = pair->strong_model,
                  .weak_model = pair->weak_model,
                  .evidence = EvidenceKind::kNone,
                  .description = "matrix factorisation over hashed features of the prompt",
                  .win_rate_quantiles = {}};
  if (pair->is_default) info.win_rate_quantiles = checkpoint.win_rate_percentiles;
  std::unique_ptr<MfRouter> router(new MfRouter(*features, std::move(info)));
  const std::vector<double>& direction = pair->direction;
  const std::size_t d = checkpoint.dimension;
  router->bucket_logits_.resize(checkpoint.features.Buckets());
  for (std::size_t b = 0; b < router->bucket_logits_.size(); ++b) {
    router->bucket_logits_[b] =
        static_cast<float>(Dot(checkpoint.bucket_embeddings.data() + b * d, direction));
  }
  for (std::size_t f = 0; f < router->dense_logits_.size(); ++f) {
    router->dense_logits_[f] =
        static_cast<float>(Dot(checkpoint.dense_projection.data() + f * d, direction));
  }
  router->bias_ =
      Dot(checkpoint.bias.data(), direction) + (pair->is_default ? checkpoint.offset : 0.0);
  return router;
}

Result<WinRate> MfRouter::Score(const Query& query, const Evidence& evidence) const {
  if (!std::holds_alternative<std::monostate>(evidence)) {
    return Fail(ErrorCode::kInvalidData, "this router scores prompts, not embeddings");
  }
  thread_local text::FeatureBag bag;
  features_.Extract(query.prompt, bag);
  return WinRate::Clamped(1.0 / (1.0 + std::exp(-Logit(bag))));
}

double MfRouter::Logit(const text::FeatureBag& bag) const {
  const std::size_t size = bag.buckets.size();
  const auto term = [&](std::size_t i) {
    return double{bucket_logits_[bag.buckets[i]]} * bag.weights[i];
  };
  // Four sums, so that an addition need not wait for the one before it.
  std::array<double, 4> sums{};
  std::size_t i = 0;
  for (; i + 4 <= size; i += 4) {
    for (std::size_t lane = 0; lane < 4; ++lane) sums[lane] += term(i + lane);
  }
  for (; i < size; ++i) sums[0] += term(i);
  double logit = bias_ + (sums[0] + sums[1]) + (sums[2] + sums[3]);
  for (std::size_t f = 0; f < dense_logits_.size(); ++f)
    logit += double{dense_logits_[f]} * bag.dense[f];
  return logit;
}

}  // namespace routellm::routing
