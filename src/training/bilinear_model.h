// The model behind `mf` on embeddings, and a step of its training.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "embedding/embedder.h"
#include "training/comparisons.h"

namespace routellm::training {

// With x the embedding, centred and scaled, the logit of model a's win over model b is
//
//   (w_a - w_b) . (T x + b) + sampled_a - sampled_b
//
// with the last two where the vote was sampled for that model. The model vectors are free: a prior
// draws them to 0, so that a model with few labels is like the mean one.
struct BilinearModel {
  std::size_t columns = 0;  // of the embeddings
  std::size_t factors = 0;
  std::size_t models = 0;
  std::vector<float> projection;  // T transposed: [columns, factors], row-major
  std::vector<float> bias;        // b [factors]
  std::vector<float> vectors;     // w [models, factors], row-major
  std::vector<float> sampled;     // [models]
  std::vector<float> centre;      // [columns]: x = (e - centre) * scale
  float scale = 1.0F;
};

struct StepOptions {
  bool train_bias = true;
  // Deviation of normal noise on each number of x, in expectation over which the loss is minimised.
  double noise = 0.0;
  double prior = 1.0;  // precision of the normal prior on the numbers of w and sampled
};

// The logits of `comparisons`, on all cores, the same whatever their number. `vectors` has a row
// for each query.
[[nodiscard]] std::vector<double> LogitsOf(const BilinearModel& model,
                                           const embedding::Matrix& vectors,
                                           std::span<const Comparison> comparisons);

// Minimises the weighted logistic loss, batch by batch, by Adam (Kingma and Ba, 2015). The noise is
// not drawn but integrated: it moves the logit by a normal number of deviation
// noise * |T^T (w_a - w_b)|, over which Gauss and Hermite's rule with three nodes takes the mean.
// The same input gives the same numbers with any number of threads. Can be copied, to go back.
class BilinearTrainer {
 public:
  // `vectors` has a row for each query and outlives all copies. `total_weight`: of all training
  // comparisons.
  BilinearTrainer(BilinearModel model, const embedding::Matrix& vectors, double total_weight,
                  const StepOptions& options);

  void Step(std::span<const Comparison> batch, double rate);

  [[nodiscard]] const BilinearModel& model() const { return model_; }

 private:
  // Adam's two moments of a gradient.
  struct Moments {
    std::vector<float> mean;
    std::vector<float> square;
  };
  struct Scratch {
    std::vector<float> x;          // [batch, columns]
    std::vector<float> z;          // [batch, factors]: T x + b
    std::vector<float> v;          // [batch, factors]: w_a - w_b
    std::vector<float> pull;       // [batch, factors]: gradient of T x + b
    std::vector<float> v_pull;     // [batch, factors]: gradient of v
    std::vector<float> residual;   // [batch]: gradient of the logit
    std::vector<float> noise_sum;  // [row blocks, factors, factors]
    std::vector<float> gram_sum;   // [column blocks, factors, factors]
  };

  void Forward(std::span<const Comparison> batch, std::size_t block);
  void UpdateProjection(std::size_t batch, std::size_t block, double rate);
  void UpdateSmallParts(std::span<const Comparison> batch, double rate);
  void SumGram();
  void Adam(std::span<float> values, std::span<const float> gradient, Moments& moments,
            std::size_t offset, double rate) const;

  BilinearModel model_;
  const embedding::Matrix* vectors_;
  double total_weight_;
  StepOptions options_;
  Moments projection_moments_;
  Moments bias_moments_;
  Moments vector_moments_;
  Moments sampled_moments_;
  std::vector<float> gram_;        // T T^T [factors, factors]
  std::vector<float> noise_pull_;  // of the noise: gradient of T is this times T
  double steps_ = 0.0;
  Scratch scratch_;
};

}  // namespace routellm::training
