#include "training/mf_export.h"

#include "routing/mf_router.h"
#include "text/feature_bag.h"
#include "training/comparisons.h"

namespace routellm::training {
namespace {

std::vector<double> MeanTaskShift(const TrainingSet& set,
                                  const std::vector<std::uint32_t>& training,
                                  const std::vector<float>& source_weight, const MfModel& model) {
  std::vector<double> mean(model.dim, 0.0);
  double total = 0.0;
  for (const std::uint32_t i : training) {
    const TrainingQuery& query = set.queries[i];
    const double weight = source_weight[query.source];
    total += weight;
    for (std::size_t k = 0; k < model.dim; ++k)
      mean[k] += weight * model.task_shift[query.task * model.dim + k];
  }
  for (double& value : mean) value /= total;
  return mean;
}

}  // namespace

routing::MfCheckpoint MakeCheckpoint(const TrainingSet& set,
                                     const std::vector<std::uint32_t>& training,
                                     const std::vector<float>& source_weight, const MfModel& model,
                                     const text::HashedFeatureSpec& features,
                                     ModelPair default_pair) {
  routing::MfCheckpoint checkpoint;
  checkpoint.features = features;
  checkpoint.dimension = model.dim;
  checkpoint.bucket_embeddings = model.embeddings;
  checkpoint.models = set.models;
  checkpoint.model_vectors = model.vectors;
  checkpoint.classifier.assign(model.dim, 1.0F);
  checkpoint.strong_model = set.models[default_pair.strong];
  checkpoint.weak_model = set.models[default_pair.weak];
  checkpoint.dense_projection = model.dense;
  const auto shift = MeanTaskShift(set, training, source_weight, model);
  for (std::size_t k = 0; k < model.dim; ++k) {
    double bias = model.bias[k] + shift[k];
    for (std::size_t f = 0; f < kDenseFacts; ++f) {
      float& projection = checkpoint.dense_projection[f * model.dim + k];
      projection *= model.dense_inverse_deviation[f];
      bias -= double{projection} * model.dense_mean[f];
    }
    checkpoint.bias.push_back(static_cast<float>(bias));
  }
  return checkpoint;
}

Result<std::vector<float>> DefaultPairLogits(const routing::MfCheckpoint& checkpoint,
                                             const TrainingSet& set,
                                             const std::vector<std::uint32_t>& queries) {
  const auto router = routing::MfRouter::Create(checkpoint, "", "");
  if (!router) return tl::unexpected(router.error());
  std::vector<float> logits;
  text::FeatureBag bag;
  for (const std::uint32_t i : queries) {
    const TrainingQuery& query = set.queries[i];
    const auto begin = static_cast<std::ptrdiff_t>(query.features_begin);
    const auto end = static_cast<std::ptrdiff_t>(query.features_end);
    bag.buckets.assign(set.buckets.begin() + begin, set.buckets.begin() + end);
    bag.weights.assign(set.weights.begin() + begin, set.weights.begin() + end);
    bag.dense = query.dense;
    logits.push_back(static_cast<float>((*router)->Logit(bag)));
  }
  return logits;
}

std::vector<Judged> PairJudgements(const TrainingSet& set,
                                   const std::vector<std::uint32_t>& queries,
                                   const std::vector<float>& logits, ModelPair pair) {
  std::vector<Judged> judged;
  std::vector<Comparison> comparisons;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    AllComparisons(set, set.queries[queries[i]], comparisons);
    for (const Comparison& comparison : comparisons) {
      if (comparison.sampled_for_a || comparison.sampled_for_b) continue;
      const bool forward = comparison.a == pair.strong && comparison.b == pair.weak;
      const bool backward = comparison.b == pair.strong && comparison.a == pair.weak;
      if (!forward && !backward) continue;
      judged.push_back({logits[i], forward ? comparison.a_wins : 1.0F - comparison.a_wins, 1.0F});
    }
  }
  return judged;
}

}  // namespace routellm::training
