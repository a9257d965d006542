#include "routing/mf_router.h"

#include <cmath>
#include <span>

namespace routellm::routing {
namespace {

// slope * c * (P_a / |P_a| - P_b / |P_b|), element-wise: what T e is multiplied with.
std::vector<double> PairDirection(const MfCheckpoint& checkpoint, std::size_t strong,
                                  std::size_t weak) {
  const std::size_t d = checkpoint.dimension;
  const auto row = [&](std::size_t model) {
    return std::span(checkpoint.model_vectors).subspan(model * d, d);
  };
  const auto norm = [](std::span<const float> vector) {
    double squares = 0.0;
    for (const float value : vector) squares += double{value} * value;
    return std::sqrt(squares);
  };
  const double strong_norm = norm(row(strong));
  const double weak_norm = norm(row(weak));
  std::vector<double> direction(d);
  for (std::size_t i = 0; i < d; ++i) {
    direction[i] = checkpoint.slope * checkpoint.classifier[i] *
                   (row(strong)[i] / strong_norm - row(weak)[i] / weak_norm);
  }
  return direction;
}

double Dot(const float* row, const std::vector<double>& direction) {
  double sum = 0.0;
  for (std::size_t i = 0; i < direction.size(); ++i) sum += row[i] * direction[i];
  return sum;
}

}  // namespace

Result<std::unique_ptr<const MfRouter>> MfRouter::Create(const MfCheckpoint& checkpoint,
                                                         std::string_view strong_model,
                                                         std::string_view weak_model) {
  if (strong_model.empty()) strong_model = checkpoint.strong_model;
  if (weak_model.empty()) weak_model = checkpoint.weak_model;
  const auto strong = FindModel(checkpoint, strong_model);
  if (!strong) return tl::unexpected(strong.error());
  const auto weak = FindModel(checkpoint, weak_model);
  if (!weak) return tl::unexpected(weak.error());
  if (*strong == *weak)
    return Fail(ErrorCode::kInvalidRequest, "the strong and the weak model are the same");
  const auto features = text::HashedFeatures::Create(checkpoint.features);
  if (!features) return tl::unexpected(features.error());

  RouterInfo info{.name = "mf",
                  .strong_model = std::string(strong_model),
                  .weak_model = std::string(weak_model),
                  .evidence = EvidenceKind::kNone,
                  .description = "matrix factorisation over hashed features of the prompt",
                  .win_rate_quantiles = {}};
  const bool default_pair =
      strong_model == checkpoint.strong_model && weak_model == checkpoint.weak_model;
  if (default_pair) info.win_rate_quantiles = checkpoint.win_rate_percentiles;
  std::unique_ptr<MfRouter> router(new MfRouter(*features, std::move(info)));
  const std::vector<double> direction = PairDirection(checkpoint, *strong, *weak);
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
  router->bias_ = Dot(checkpoint.bias.data(), direction) + (default_pair ? checkpoint.offset : 0.0);
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
