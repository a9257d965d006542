#include "training/bert_head_trainer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <utility>

#include <Eigen/Dense>

#include "routing/bert_router.h"
#include "training/blas.h"
#include "training/random.h"

namespace routellm::training {
namespace {

using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using RowVector = Eigen::RowVectorXf;

constexpr std::size_t kLabels = routing::kBertLabels;
constexpr std::size_t kLeastExamples = 50;

Eigen::Index Index(std::size_t value) { return static_cast<Eigen::Index>(value); }

// The weights, or their gradients.
struct Parameters {
  Rows dense;
  RowVector dense_bias;
  Rows labels;
  RowVector labels_bias;
};

Parameters Zeros(std::size_t hidden) {
  return {Rows::Zero(Index(hidden), Index(hidden)), RowVector::Zero(Index(hidden)),
          Rows::Zero(Index(kLabels), Index(hidden)), RowVector::Zero(Index(kLabels))};
}

// Uniform with the variance 1 / inputs.
void FillAtRandom(Rows& weights, Random random) {
  const float range = std::sqrt(3.0F / static_cast<float>(weights.cols()));
  for (float& value : std::span(weights.data(), static_cast<std::size_t>(weights.size()))) {
    value = range * (2.0F * random.Uniform() - 1.0F);
  }
}

struct Batch {
  Rows vectors;
  Rows shares;  // of the labels
};

Batch Gather(const std::vector<PairExample>& examples, const embedding::Matrix& vectors,
             std::span<const std::size_t> picked) {
  Batch batch{Rows(Index(picked.size()), Index(vectors.columns)),
              Rows(Index(picked.size()), Index(kLabels))};
  for (std::size_t i = 0; i < picked.size(); ++i) {
    const PairExample& example = examples[picked[i]];
    const auto row = vectors.Row(example.query);
    std::copy(row.begin(), row.end(), batch.vectors.row(Index(i)).data());
    batch.shares.row(Index(i)) << example.wins, example.ties, example.losses;
  }
  return batch;
}

struct Forward {
  Rows dense;          // after the hyperbolic tangent
  Rows probabilities;  // of the labels
};

Forward Run(const Parameters& head, const Rows& vectors) {
  Forward forward;
  forward.dense = vectors * head.dense.transpose();
  forward.dense.rowwise() += head.dense_bias;
  forward.dense = forward.dense.array().tanh().matrix().eval();
  Rows& logits = forward.probabilities = forward.dense * head.labels.transpose();
  logits.rowwise() += head.labels_bias;
  logits.colwise() -= logits.rowwise().maxCoeff().eval();
  logits = logits.array().exp().matrix().eval();
  logits.array().colwise() /= logits.rowwise().sum().array().eval();
  return forward;
}

Parameters Gradient(const Parameters& head, const Batch& batch) {
  const Forward forward = Run(head, batch.vectors);
  const Rows of_logits =
      (forward.probabilities - batch.shares) / static_cast<float>(batch.vectors.rows());
  const Rows of_dense =
      ((of_logits * head.labels).array() * (1.0F - forward.dense.array().square())).matrix();
  return {of_dense.transpose() * batch.vectors, of_dense.colwise().sum(),
          of_logits.transpose() * forward.dense, of_logits.colwise().sum()};
}

class AdamW {
 public:
  AdamW(std::size_t hidden, const BertHeadOptions& options)
      : options_(options), mean_(Zeros(hidden)), square_(Zeros(hidden)) {}

  void Step(const Parameters& gradient, Parameters& head) {
    ++steps_;
    Move(gradient.dense, mean_.dense, square_.dense, true, head.dense);
    Move(gradient.dense_bias, mean_.dense_bias, square_.dense_bias, false, head.dense_bias);
    Move(gradient.labels, mean_.labels, square_.labels, true, head.labels);
    Move(gradient.labels_bias, mean_.labels_bias, square_.labels_bias, false, head.labels_bias);
  }

 private:
  template <typename Values>
  void Move(const Values& gradient, Values& mean, Values& square, bool decay, Values& weights) {
    constexpr float kMeanDecay = 0.9F;
    constexpr float kSquareDecay = 0.999F;
    constexpr float kEpsilon = 1e-8F;
    const auto steps = static_cast<float>(steps_);
    const auto rate = static_cast<float>(options_.learning_rate);
    mean = kMeanDecay * mean + (1.0F - kMeanDecay) * gradient;
    square = kSquareDecay * square + (1.0F - kSquareDecay) * gradient.cwiseAbs2();
    const float of_mean = 1.0F / (1.0F - std::pow(kMeanDecay, steps));
    const float of_square = 1.0F / (1.0F - std::pow(kSquareDecay, steps));
    if (decay) weights *= 1.0F - rate * static_cast<float>(options_.weight_decay);
    weights.array() -=
        rate * of_mean * mean.array() / ((of_square * square.array()).sqrt() + kEpsilon);
  }

  const BertHeadOptions& options_;
  Parameters mean_;
  Parameters square_;
  std::size_t steps_ = 0;
};

struct Split {
  std::vector<std::size_t> training;
  std::vector<std::size_t> validation;
  std::vector<std::size_t> held_out;
};

Split SplitByGroup(const std::vector<PairExample>& examples, std::uint64_t seed) {
  Split split;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const float place = Random({seed, examples[i].group}).Uniform();
    (place < 0.8F ? split.training : place < 0.9F ? split.validation : split.held_out).push_back(i);
  }
  return split;
}

double CrossEntropy(const Eigen::Ref<const Rows>& probabilities,
                    const Eigen::Ref<const Rows>& shares) {
  const auto logarithms = probabilities.cast<double>().array().max(1e-12).log();
  return -(shares.cast<double>().array() * logarithms).sum() /
         static_cast<double>(probabilities.rows());
}

HeadFigures Judge(const Parameters& head, const Batch& batch, const RowVector& usual,
                  const std::vector<PairExample>& examples, std::span<const std::size_t> picked) {
  const Rows probabilities = Run(head, batch.vectors).probabilities;
  std::vector<Judged> judged;
  for (std::size_t i = 0; i < picked.size(); ++i) {
    judged.push_back(
        {.score = probabilities(Index(i), 0), .preference = examples[picked[i]].Preference()});
  }
  return {.loss = CrossEntropy(probabilities, batch.shares),
          .constant_loss = CrossEntropy(usual.replicate(batch.shares.rows(), 1), batch.shares),
          .win_rate = JudgePair(judged)};
}

std::vector<float> ToVector(const float* data, Eigen::Index size) { return {data, data + size}; }

BertHead ToHead(const Parameters& head) {
  return {.hidden = static_cast<std::size_t>(head.dense.rows()),
          .dense = ToVector(head.dense.data(), head.dense.size()),
          .dense_bias = ToVector(head.dense_bias.data(), head.dense_bias.size()),
          .labels = ToVector(head.labels.data(), head.labels.size()),
          .labels_bias = ToVector(head.labels_bias.data(), head.labels_bias.size())};
}

// One pass over the training examples, in an order of the epoch's own.
void RunEpoch(const std::vector<PairExample>& examples, const embedding::Matrix& vectors,
              std::vector<std::size_t> order, std::size_t epoch, const BertHeadOptions& options,
              AdamW& optimizer, Parameters& head) {
  Random random({options.seed, 2, epoch});
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[random.Below(static_cast<std::uint32_t>(i))]);
  }
  for (std::size_t begin = 0; begin < order.size(); begin += options.batch) {
    const auto picked =
        std::span(order).subspan(begin, std::min(options.batch, order.size() - begin));
    optimizer.Step(Gradient(head, Gather(examples, vectors, picked)), head);
  }
}

}  // namespace

Result<BertHeadTraining> TrainBertHead(const std::vector<PairExample>& examples,
                                       const embedding::Matrix& vectors,
                                       const BertHeadOptions& options,
                                       const std::function<bool(std::size_t, double)>& progress) {
  const Split split = SplitByGroup(examples, options.seed);
  if (examples.size() < kLeastExamples || split.training.empty() || split.validation.empty() ||
      split.held_out.empty()) {
    return Fail(ErrorCode::kInvalidData,
                "too little to train on: " + std::to_string(examples.size()) +
                    " judgements, of which some must be held out; needed are " +
                    std::to_string(kLeastExamples) + " of several groups");
  }
  const Batch validation = Gather(examples, vectors, split.validation);
  Parameters head = Zeros(vectors.columns);
  FillAtRandom(head.dense, Random({options.seed, 0}));
  FillAtRandom(head.labels, Random({options.seed, 1}));
  AdamW optimizer(vectors.columns, options);
  Parameters best = head;
  double least = std::numeric_limits<double>::infinity();
  BertHeadTraining training;
  training.training = split.training.size();
  for (std::size_t epoch = 1; epoch <= options.epochs; ++epoch) {
    RunEpoch(examples, vectors, split.training, epoch, options, optimizer, head);
    const double loss =
        CrossEntropy(Run(head, validation.vectors).probabilities, validation.shares);
    if (!std::isfinite(loss)) {
      return Fail(ErrorCode::kInvalidData,
                  "the loss is not finite any more: try a smaller learning rate");
    }
    if (loss < least) {
      least = loss;
      best = head;
      training.epochs = epoch;
    }
    if (!progress(epoch, loss) || epoch - training.epochs >= options.patience) break;
  }
  const RowVector usual = Gather(examples, vectors, split.training).shares.colwise().mean();
  const Batch held_out = Gather(examples, vectors, split.held_out);
  training.head = ToHead(best);
  training.validation = Judge(best, validation, usual, examples, split.validation);
  training.held_out = Judge(best, held_out, usual, examples, split.held_out);
  return training;
}

}  // namespace routellm::training
