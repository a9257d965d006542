#include "training/mf_model.h"

namespace routellm::training {

std::vector<float> UnitVectors(const MfModel& model) {
  std::vector<float> unit = model.vectors;
  for (std::size_t m = 0; m < model.ModelCount(); ++m) {
    float* row = &unit[m * model.dim];
    float squares = 0.0F;
    for (std::size_t k = 0; k < model.dim; ++k) squares += row[k] * row[k];
    const float inverse = 1.0F / std::sqrt(squares);
    for (std::size_t k = 0; k < model.dim; ++k) row[k] *= inverse;
  }
  return unit;
}

std::array<float, kDenseFacts> ScaledFacts(const MfModel& model, const TrainingQuery& query) {
  std::array<float, kDenseFacts> facts{};
  for (std::size_t f = 0; f < kDenseFacts; ++f) {
    facts[f] = (query.dense[f] - model.dense_mean[f]) * model.dense_inverse_deviation[f];
  }
  return facts;
}

void Project(const MfModel& model, const TrainingQuery& query,
             std::span<const std::uint32_t> buckets, std::span<const float> weights,
             std::span<float> latent) {
  const std::size_t dim = model.dim;
  float* const out = latent.data();
  std::copy(model.bias.begin(), model.bias.end(), out);
  const auto add = [&](const float* row, float weight) {
    for (std::size_t k = 0; k < dim; ++k) out[k] += weight * row[k];
  };
  const auto facts = ScaledFacts(model, query);
  for (std::size_t f = 0; f < kDenseFacts; ++f) add(&model.dense[f * dim], facts[f]);
  for (std::size_t i = 0; i < buckets.size(); ++i)
    add(&model.embeddings[buckets[i] * dim], weights[i]);
}

float BiasDifference(const MfModel& model, std::uint32_t source, const Comparison& comparison) {
  const float* const row = &model.source_bias[source * model.ModelCount()];
  float difference = row[comparison.a] - row[comparison.b];
  if (comparison.sampled_for_a) difference += model.sampling_bias[comparison.a];
  if (comparison.sampled_for_b) difference -= model.sampling_bias[comparison.b];
  return difference;
}

}  // namespace routellm::training
