// Stochastic gradient descent for `mf`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "training/comparisons.h"
#include "training/crew.h"
#include "training/mf_model.h"
#include "training/training_set.h"

namespace routellm::training {

// The defaults were chosen on held-out groups and held-out sources of the data that
// docs/guides/training.md names.
struct MfHyperparameters {
  std::size_t dim = 32;  // at least 2
  std::size_t epochs = 3;
  std::size_t batch = 64;            // queries whose gradients are taken at the same parameters
  std::size_t pairs_per_query = 16;  // comparisons drawn from a query each time
  // Learning rates, falling to 0 over the epochs.
  float embedding_rate = 1.0F;  // of bucket embeddings
  float small_rate = 0.05F;     // of everything else (Adagrad)
  // How much slower a bucket learns that has seen much (Adagrad for rows; 0: plain gradient
  // descent).
  float embedding_adaption = 100.0F;
  float embedding_decay = 0.05F;  // share of every embedding that is lost in an epoch
  // Deviations of the normal priors, in logits, of models' vectors outside their first two
  // coordinates, and of the terms that the checkpoint does not keep.
  float vector_deviation = 0.5F;
  float dense_deviation = 0.5F;
  float shift_deviation = 0.3F;
  float source_bias_deviation = 0.5F;
  float sampling_bias_deviation = 2.0F;
  float feature_dropout = 0.3F;  // share of a prompt's features that an epoch does not see
  float source_balance = 0.5F;   // a source of n queries counts n^(1 - source_balance)
};

// One training run. The result depends on the data, the hyperparameters and the seed, and not on
// the size of the crew.
class MfOptimizer {
 public:
  // `set`, `training` (its queries to train on; not empty) and `crew` must outlive the optimiser.
  MfOptimizer(const TrainingSet& set, const std::vector<std::uint32_t>& training,
              std::size_t buckets, const MfHyperparameters& hyper, std::uint64_t seed, Crew& crew);

  [[nodiscard]] const MfModel& model() const { return model_; }

  // By source: what one of its queries counts; 1 on average over the training queries.
  [[nodiscard]] const std::vector<float>& source_weight() const { return source_weight_; }

  // Goes once through the training queries, in an order of its own. Calls on_batch(queries done)
  // after each batch, and ends the epoch early if it returns false. Returns the mean loss.
  double RunEpoch(std::size_t epoch, const std::function<bool(std::size_t)>& on_batch);

 private:
  // One query of a batch, from the forward pass to the update.
  struct Step {
    const TrainingQuery* query = nullptr;
    std::vector<std::uint32_t> buckets;  // what dropout left
    std::vector<float> weights;
    std::vector<Comparison> comparisons;
    std::vector<float> errors;    // d loss / d logit of each comparison, weights included
    std::vector<float> latent;    // T e + task shift [dim]
    std::vector<float> gradient;  // d loss / d latent [dim]
    double loss = 0.0;
  };

  // A parameter array that is updated once a batch.
  struct Small {
    std::vector<float>* values = nullptr;
    float decay = 0.0F;  // ridge
    std::vector<float> gradient;
    std::vector<float> squares;  // Adagrad's memory

    void Attach(std::vector<float>& array, double deviation, std::size_t queries);
    void Update(float rate);
  };

  void InitialiseModel(std::size_t buckets);
  void MeasureFacts();
  void WeighSources();
  void AttachSmall();
  [[nodiscard]] std::vector<std::uint32_t> Shuffled(std::size_t epoch) const;
  void Forward(Step& step, std::uint32_t query, std::size_t epoch) const;
  void Backward(Step& step) const;
  void UpdateEmbeddings(std::size_t steps, unsigned member, float rate);
  void GatherSmall(const Step& step, float share);
  void GatherBiases(const Step& step, float share);
  void VectorGradient();
  void UpdateSmall(std::size_t steps, float rate);

  const TrainingSet& set_;
  const std::vector<std::uint32_t>& training_;
  const MfHyperparameters hyper_;
  const std::uint64_t seed_;
  Crew& crew_;

  MfModel model_;
  std::vector<float> source_weight_;
  std::vector<float> unit_vectors_;       // of model_
  std::vector<float> unit_gradient_;      // d loss / d unit_vectors_ over a batch
  std::vector<float> embedding_squares_;  // by bucket, mean over its row
  std::vector<Step> steps_;
  Small dense_;
  Small bias_;
  Small vectors_;
  Small task_shift_;
  Small source_bias_;
  Small sampling_bias_;
};

}  // namespace routellm::training
