#include "training/mf_optimizer.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace routellm::training {

MfOptimizer::MfOptimizer(const TrainingSet& set, const std::vector<std::uint32_t>& training,
                         std::size_t buckets, const MfHyperparameters& hyper, std::uint64_t seed,
                         Crew& crew)
    : set_(set), training_(training), hyper_(hyper), seed_(seed), crew_(crew), steps_(hyper.batch) {
  InitialiseModel(buckets);
  MeasureFacts();
  WeighSources();
  AttachSmall();
}

double MfOptimizer::RunEpoch(std::size_t epoch, const std::function<bool(std::size_t)>& on_batch) {
  const auto order = Shuffled(epoch);
  const auto all_epochs = static_cast<double>(order.size() * hyper_.epochs);
  double loss = 0.0;
  for (std::size_t begin = 0; begin < order.size(); begin += hyper_.batch) {
    const std::size_t steps = std::min(hyper_.batch, order.size() - begin);
    const auto left =
        static_cast<float>(1.0 - static_cast<double>(epoch * order.size() + begin) / all_epochs);
    crew_.ForEach(steps, [&](std::size_t i) {
      Forward(steps_[i], order[begin + i], epoch);
      Backward(steps_[i]);
    });
    crew_.Run(
        [&](unsigned member) { UpdateEmbeddings(steps, member, hyper_.embedding_rate * left); });
    UpdateSmall(steps, hyper_.small_rate * left);
    for (std::size_t i = 0; i < steps; ++i) loss += steps_[i].loss;
    if (!on_batch(begin + steps)) break;
  }
  const float kept = 1.0F - hyper_.embedding_decay * (1.0F - static_cast<float>(epoch) /
                                                                 static_cast<float>(hyper_.epochs));
  for (float& value : model_.embeddings) value *= kept;
  return loss / static_cast<double>(order.size());
}

// All models begin at the same place but for some noise: the first coordinate of P. What moves them
// along the second is their general strength, since the second coordinate of T e begins at 1 for
// every query.
void MfOptimizer::InitialiseModel(std::size_t buckets) {
  const std::size_t dim = hyper_.dim;
  const std::size_t models = set_.models.size();
  model_.dim = dim;
  model_.embeddings.assign(buckets * dim, 0.0F);
  model_.dense.assign(kDenseFacts * dim, 0.0F);
  model_.bias.assign(dim, 0.0F);
  model_.bias[1] = 1.0F;
  model_.task_shift.assign(set_.tasks.size() * dim, 0.0F);
  model_.source_bias.assign(set_.sources.size() * models, 0.0F);
  model_.sampling_bias.assign(models, 0.0F);
  model_.vectors.resize(models * dim);
  Random random({seed_});
  for (float& value : model_.vectors) value = 0.2F * (random.Uniform() - 0.5F);
  for (std::size_t m = 0; m < models; ++m) {
    model_.vectors[m * dim] = 1.0F;
    model_.vectors[m * dim + 1] = 0.0F;
  }
  unit_vectors_ = UnitVectors(model_);
  unit_gradient_.assign(models * dim, 0.0F);
  embedding_squares_.assign(buckets, 0.0F);
}

void MfOptimizer::MeasureFacts() {
  // Facts that hardly vary in the data must not become huge where they do.
  constexpr double kLeastDeviation = 0.05;
  const auto count = static_cast<double>(training_.size());
  for (std::size_t f = 0; f < kDenseFacts; ++f) {
    double sum = 0.0;
    double squares = 0.0;
    for (const std::uint32_t i : training_) {
      const double fact = set_.queries[i].dense[f];
      sum += fact;
      squares += fact * fact;
    }
    const double mean = sum / count;
    const double deviation = std::sqrt(std::max(0.0, squares / count - mean * mean));
    model_.dense_mean[f] = static_cast<float>(mean);
    model_.dense_inverse_deviation[f] =
        static_cast<float>(1.0 / std::max(deviation, kLeastDeviation));
  }
}

void MfOptimizer::WeighSources() {
  std::vector<double> count(set_.sources.size(), 0.0);
  for (const std::uint32_t i : training_) count[set_.queries[i].source] += 1.0;
  double total = 0.0;
  for (const double n : count) total += n > 0.0 ? std::pow(n, 1.0 - hyper_.source_balance) : 0.0;
  const double scale = static_cast<double>(training_.size()) / total;
  for (const double n : count) {
    source_weight_.push_back(
        n > 0.0 ? static_cast<float>(scale * std::pow(n, -hyper_.source_balance)) : 1.0F);
  }
}

void MfOptimizer::AttachSmall() {
  const std::size_t n = training_.size();
  constexpr double kFree = 1e6;
  dense_.Attach(model_.dense, hyper_.dense_deviation, n);
  bias_.Attach(model_.bias, kFree, n);
  vectors_.Attach(model_.vectors, kFree, n);
  task_shift_.Attach(model_.task_shift, hyper_.shift_deviation, n);
  source_bias_.Attach(model_.source_bias, hyper_.source_bias_deviation, n);
  sampling_bias_.Attach(model_.sampling_bias, hyper_.sampling_bias_deviation, n);
}

std::vector<std::uint32_t> MfOptimizer::Shuffled(std::size_t epoch) const {
  std::vector<std::uint32_t> order = training_;
  Random random({seed_, epoch});
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[random.Below(static_cast<std::uint32_t>(i))]);
  }
  return order;
}

void MfOptimizer::Forward(Step& step, std::uint32_t query, std::size_t epoch) const {
  step.query = &set_.queries[query];
  Random random({seed_, epoch, query});
  SampleComparisons(set_, *step.query, hyper_.pairs_per_query, random, step.comparisons);
  step.buckets.clear();
  step.weights.clear();
  const float scale = 1.0F / (1.0F - hyper_.feature_dropout);
  for (std::size_t i = step.query->features_begin; i < step.query->features_end; ++i) {
    if (random.Uniform() < hyper_.feature_dropout) continue;
    step.buckets.push_back(set_.buckets[i]);
    step.weights.push_back(set_.weights[i] * scale);
  }
  step.latent.resize(model_.dim);
  Project(model_, *step.query, step.buckets, step.weights, step.latent);
  const float* const shift = &model_.task_shift[step.query->task * model_.dim];
  for (std::size_t k = 0; k < model_.dim; ++k) step.latent[k] += shift[k];
}

void MfOptimizer::Backward(Step& step) const {
  const std::size_t dim = model_.dim;
  const float query_weight = source_weight_[step.query->source];
  step.gradient.assign(dim, 0.0F);
  step.errors.clear();
  step.loss = 0.0;
  for (const Comparison& comparison : step.comparisons) {
    const float* const a = &unit_vectors_[comparison.a * dim];
    const float* const b = &unit_vectors_[comparison.b * dim];
    float logit = BiasDifference(model_, step.query->source, comparison);
    for (std::size_t k = 0; k < dim; ++k) logit += (a[k] - b[k]) * step.latent[k];
    const float weight = query_weight * comparison.weight;
    const float error = weight * (Sigmoid(logit) - comparison.a_wins);
    for (std::size_t k = 0; k < dim; ++k) step.gradient[k] += error * (a[k] - b[k]);
    step.errors.push_back(error);
    step.loss += weight * LogLoss(comparison.a_wins, logit);
  }
}

// Each member updates buckets of its own, in the order of the steps, so that there are no races and
// the sums come out the same for every size of the crew.
void MfOptimizer::UpdateEmbeddings(std::size_t steps, unsigned member, float rate) {
  const std::size_t dim = model_.dim;
  for (std::size_t s = 0; s < steps; ++s) {
    const Step& step = steps_[s];
    const float* const gradient = step.gradient.data();
    float square = 0.0F;
    for (std::size_t k = 0; k < dim; ++k) square += gradient[k] * gradient[k];
    square *= hyper_.embedding_adaption / static_cast<float>(dim);
    for (std::size_t i = 0; i < step.buckets.size(); ++i) {
      const std::uint32_t bucket = step.buckets[i];
      if (bucket % crew_.size() != member) continue;
      const float weight = step.weights[i];
      float& seen = embedding_squares_[bucket];
      seen += weight * weight * square;
      const float scale = -rate * weight / std::sqrt(1.0F + seen);
      float* const row = &model_.embeddings[bucket * dim];
      for (std::size_t k = 0; k < dim; ++k) row[k] += scale * gradient[k];
    }
  }
}

void MfOptimizer::GatherSmall(const Step& step, float share) {
  const std::size_t dim = model_.dim;
  const auto facts = ScaledFacts(model_, *step.query);
  float* const shift = &task_shift_.gradient[step.query->task * dim];
  for (std::size_t k = 0; k < dim; ++k) {
    const float gradient = share * step.gradient[k];
    bias_.gradient[k] += gradient;
    shift[k] += gradient;
    for (std::size_t f = 0; f < kDenseFacts; ++f)
      dense_.gradient[f * dim + k] += gradient * facts[f];
  }
  for (std::size_t i = 0; i < step.comparisons.size(); ++i) {
    float* const a = &unit_gradient_[step.comparisons[i].a * dim];
    float* const b = &unit_gradient_[step.comparisons[i].b * dim];
    const float error = share * step.errors[i];
    for (std::size_t k = 0; k < dim; ++k) {
      a[k] += error * step.latent[k];
      b[k] -= error * step.latent[k];
    }
  }
}

void MfOptimizer::GatherBiases(const Step& step, float share) {
  float* const source_bias = &source_bias_.gradient[step.query->source * model_.ModelCount()];
  for (std::size_t i = 0; i < step.comparisons.size(); ++i) {
    const Comparison& comparison = step.comparisons[i];
    const float error = share * step.errors[i];
    source_bias[comparison.a] += error;
    source_bias[comparison.b] -= error;
    if (comparison.sampled_for_a) sampling_bias_.gradient[comparison.a] += error;
    if (comparison.sampled_for_b) sampling_bias_.gradient[comparison.b] -= error;
  }
}

// Through the normalisation: d / dP = (g - (g . u) u) / |P| for g = d / du, u = P / |P|; plus the
// ridge.
void MfOptimizer::VectorGradient() {
  const std::size_t dim = model_.dim;
  const float deviation = hyper_.vector_deviation;
  const float decay = 1.0F / (static_cast<float>(training_.size()) * deviation * deviation);
  for (std::size_t m = 0; m < model_.ModelCount(); ++m) {
    const float* const unit = &unit_vectors_[m * dim];
    const float* const vector = &model_.vectors[m * dim];
    float* const from = &unit_gradient_[m * dim];
    float along = 0.0F;
    float squares = 0.0F;
    for (std::size_t k = 0; k < dim; ++k) {
      along += from[k] * unit[k];
      squares += vector[k] * vector[k];
    }
    const float inverse = 1.0F / std::sqrt(squares);
    for (std::size_t k = 0; k < dim; ++k) {
      vectors_.gradient[m * dim + k] =
          (from[k] - along * unit[k]) * inverse + (k < 2 ? 0.0F : decay * vector[k]);
      from[k] = 0.0F;
    }
  }
}

void MfOptimizer::UpdateSmall(std::size_t steps, float rate) {
  const float share = 1.0F / static_cast<float>(steps);
  for (std::size_t s = 0; s < steps; ++s) {
    GatherSmall(steps_[s], share);
    GatherBiases(steps_[s], share);
  }
  VectorGradient();
  for (Small* small : {&dense_, &bias_, &vectors_, &task_shift_, &source_bias_, &sampling_bias_})
    small->Update(rate);
  unit_vectors_ = UnitVectors(model_);
}

void MfOptimizer::Small::Attach(std::vector<float>& array, double deviation, std::size_t queries) {
  values = &array;
  decay = static_cast<float>(1.0 / (deviation * deviation * static_cast<double>(queries)));
  gradient.assign(array.size(), 0.0F);
  squares.assign(array.size(), 0.0F);
}

void MfOptimizer::Small::Update(float rate) {
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    const float slope = gradient[i] + decay * (*values)[i];
    gradient[i] = 0.0F;
    squares[i] += slope * slope;
    (*values)[i] -= rate * slope / std::sqrt(squares[i] + 1e-12F);
  }
}

}  // namespace routellm::training
