// The parameters of `mf` while it is trained, and what the model says with them.
//
// With e the features of a prompt, T their projection and P_m a model's vector, as in
// routing/mf_checkpoint.h with a classifier of ones, the logit of model a over model b on a query
// is
//
//   (P_a / |P_a| - P_b / |P_b|) . (T e + task_shift[task])  +  bias(a) - bias(b)
//
// where bias(m) = source_bias[source, m] + sampling_bias[m] if the vote was drawn because of m's
// result. The shifts and biases explain how a source asks, grades and samples. They are not part of
// the checkpoint: what a prompt's text tells must not hide in them, nor the other way about.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "training/training_set.h"

namespace routellm::training {

inline constexpr std::size_t kDenseFacts = text::FeatureBag::kDenseFacts;

struct MfModel {
  std::size_t dim = 0;
  std::vector<float> embeddings;   // [buckets, dim]
  std::vector<float> dense;        // [kDenseFacts, dim], for facts scaled to mean 0 and deviation 1
  std::vector<float> bias;         // [dim]
  std::vector<float> vectors;      // P [models, dim]
  std::vector<float> task_shift;   // [tasks, dim]
  std::vector<float> source_bias;  // [sources, models]
  std::vector<float> sampling_bias;  // [models]
  // The facts' scale in the training data.
  std::array<float, kDenseFacts> dense_mean{};
  std::array<float, kDenseFacts> dense_inverse_deviation{};

  [[nodiscard]] std::size_t ModelCount() const { return sampling_bias.size(); }
};

// Two models on one query: how often the first is preferred, and how much that counts.
struct Comparison {
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  float a_wins = 0.5F;
  float weight = 1.0F;
  bool sampled_for_a = false;
  bool sampled_for_b = false;
};

// P_m / |P_m| for every m: [models, dim].
[[nodiscard]] std::vector<float> UnitVectors(const MfModel& model);

// The facts scaled to the training data's mean and deviation.
[[nodiscard]] std::array<float, kDenseFacts> ScaledFacts(const MfModel& model,
                                                         const TrainingQuery& query);

// T e into `latent`, of dim values, from the given features of `query`.
void Project(const MfModel& model, const TrainingQuery& query,
             std::span<const std::uint32_t> buckets, std::span<const float> weights,
             std::span<float> latent);

// bias(a) - bias(b).
[[nodiscard]] float BiasDifference(const MfModel& model, std::uint32_t source,
                                   const Comparison& comparison);

[[nodiscard]] inline float Sigmoid(float x) { return 1.0F / (1.0F + std::exp(-x)); }

// Cross entropy of a preference in [0, 1] and a logit; finite for every finite logit.
[[nodiscard]] inline float LogLoss(float preference, float logit) {
  return std::max(logit, 0.0F) - logit * preference + std::log1p(std::exp(-std::abs(logit)));
}

}  // namespace routellm::training
