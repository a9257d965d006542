#include "training/mf_embedding_trainer.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "training/bilinear_model.h"
#include "training/calibration.h"
#include "training/linear_algebra.h"
#include "training/model_pair.h"
#include "training/pair_examples.h"
#include "training/random.h"

namespace routellm::training {
namespace {

constexpr std::size_t kLeastComparisons = 20;
constexpr float kInitialDeviation = 0.1F;

struct Split {
  std::vector<Comparison> training;
  std::vector<Comparison> validation;
  std::vector<Comparison> held_out;
};

Split MakeSplit(const data::Dataset& dataset, const MfEmbeddingOptions& options) {
  Split split;
  const ComparisonOptions wanted{.sampled = options.sampled, .seed = options.split.seed};
  for (const Comparison& comparison : MakeComparisons(dataset, wanted)) {
    const Part part = options.split.PartOf(dataset.queries[comparison.query]);
    (part == Part::kTraining     ? split.training
     : part == Part::kValidation ? split.validation
                                 : split.held_out)
        .push_back(comparison);
  }
  return split;
}

Result<ModelPair> Check(const data::Dataset& dataset, const Split& split,
                        const MfEmbeddingOptions& options) {
  const std::size_t least =
      std::min({split.training.size(), split.validation.size(), split.held_out.size()});
  if (least < kLeastComparisons) {
    return Fail(ErrorCode::kInvalidData,
                "too little to train on: " + std::to_string(split.training.size()) +
                    " comparisons of models, " + std::to_string(split.validation.size()) +
                    " to choose on and " + std::to_string(split.held_out.size()) +
                    " held out; needed are " + std::to_string(kLeastComparisons) + " of each");
  }
  auto pair = FindModels(dataset, options.strong_model, options.weak_model);
  if (!pair) return pair;
  for (const std::uint32_t model : {pair->strong, pair->weak}) {
    const auto is_of = [model](const Comparison& comparison) {
      return comparison.model_a == model || comparison.model_b == model;
    };
    if (std::any_of(split.training.begin(), split.training.end(), is_of)) continue;
    return Fail(ErrorCode::kInvalidData, "'" + dataset.models[model] +
                                             "' is compared with no other model in the data that "
                                             "are trained on");
  }
  return pair;
}

// Sets centre and scale such that x has a mean of 0 (only with a bias) and numbers of deviation 1.
void Standardise(const embedding::Matrix& vectors, bool centred, BilinearModel& model) {
  std::vector<double> mean(vectors.columns);
  for (std::size_t row = 0; row < vectors.rows; ++row) {
    const auto values = vectors.Row(row);
    for (std::size_t j = 0; j < vectors.columns; ++j)
      mean[j] += double{values[j]} / static_cast<double>(vectors.rows);
  }
  double squares = 0.0;
  for (std::size_t row = 0; row < vectors.rows; ++row) {
    const auto values = vectors.Row(row);
    for (std::size_t j = 0; j < vectors.columns; ++j)
      squares += std::pow(double{values[j]} - mean[j], 2);
  }
  const double deviation = std::sqrt(squares / static_cast<double>(vectors.values.size()));
  model.scale = static_cast<float>(deviation > 0.0 ? 1.0 / deviation : 1.0);
  model.centre.assign(vectors.columns, 0.0F);
  if (centred) {
    std::copy(mean.begin(), mean.end(), model.centre.begin());
    model.bias[0] = 1.0F;
    return;
  }
  // The next best to a constant: the first factor is 1 at the mean embedding.
  double length = 0.0;
  for (const double value : mean) length += value * value;
  if (length == 0.0) return;
  for (std::size_t j = 0; j < vectors.columns; ++j) {
    model.projection[j * model.factors] =
        static_cast<float>(mean[j] / length / double{model.scale});
  }
}

// The models' strengths in the first factor, and small random numbers in the others.
BilinearModel Begin(const data::Dataset& dataset, const embedding::Matrix& vectors,
                    const Strengths& strengths, const MfEmbeddingOptions& options) {
  BilinearModel model;
  model.columns = vectors.columns;
  model.factors = options.dimension - 1;
  model.models = dataset.models.size();
  model.projection.assign(model.columns * model.factors, 0.0F);
  model.bias.assign(model.factors, 0.0F);
  Standardise(vectors, options.bias, model);
  Random random({options.split.seed});
  for (std::size_t m = 0; m < model.models; ++m) {
    model.vectors.push_back(static_cast<float>(strengths.models[m]));
    model.sampled.push_back(static_cast<float>(strengths.sampled[m]));
    for (std::size_t i = 1; i < model.factors; ++i) {
      // Uniform, of that deviation.
      model.vectors.push_back(kInitialDeviation * std::sqrt(3.0F) *
                              (2.0F * random.Uniform() - 1.0F));
    }
  }
  return model;
}

void Shuffle(std::vector<Comparison>& comparisons, std::uint64_t seed, std::size_t epoch) {
  Random random({seed, epoch});
  for (std::size_t i = comparisons.size(); i > 1; --i)
    std::swap(comparisons[i - 1], comparisons[random.Below(static_cast<std::uint32_t>(i))]);
}

struct Fitted {
  BilinearModel model;
  double noise = 0.0;
  std::size_t epochs = 0;
  double loss = 0.0;  // of the validation part
};

Result<Fitted> Fit(BilinearModel begin, const embedding::Matrix& vectors,
                   std::vector<Comparison> training, const std::vector<Comparison>& validation,
                   double noise, const MfEmbeddingOptions& options,
                   const std::function<void(const EpochProgress&)>& progress,
                   const std::atomic<bool>& cancelled) {
  const double weight =
      std::accumulate(training.begin(), training.end(), 0.0,
                      [](double sum, const Comparison& x) { return sum + double{x.weight}; });
  double best_loss = MeanLoss(validation, LogitsOf(begin, vectors, validation));
  BilinearTrainer best(std::move(begin), vectors, weight,
                       {.train_bias = options.bias, .noise = noise});
  BilinearTrainer trainer = best;
  std::size_t best_epoch = 0;
  double rate = options.rate;
  std::size_t without_gain = 0;
  for (std::size_t epoch = 1; epoch <= options.most_epochs && without_gain < options.patience;
       ++epoch) {
    Shuffle(training, options.split.seed, epoch);
    for (std::size_t at = 0; at < training.size(); at += options.batch) {
      if (cancelled) return Fail(ErrorCode::kCancelled, "the training was stopped");
      trainer.Step(std::span(training).subspan(at, std::min(options.batch, training.size() - at)),
                   rate);
    }
    const double loss = MeanLoss(validation, LogitsOf(trainer.model(), vectors, validation));
    if (loss < best_loss) {
      best_loss = loss;
      best_epoch = epoch;
      best = trainer;
      without_gain = 0;
    } else {
      trainer = best;
      rate /= 2.0;
      ++without_gain;
    }
    progress({noise, epoch, loss, best_loss});
  }
  return Fitted{best.model(), noise, best_epoch, best_loss};
}

// Of the logits, such that win rates can be taken at their word. Each comparison is seen from both
// sides, so that there is no offset.
double FitSlope(std::span<const Comparison> comparisons, const std::vector<double>& logits) {
  std::vector<Judged> judged;
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    const auto logit = static_cast<float>(logits[i]);
    const float a_wins = comparisons[i].a_wins;
    judged.push_back({logit, a_wins, comparisons[i].weight});
    judged.push_back({-logit, 1.0F - a_wins, comparisons[i].weight});
  }
  return FitCalibration(judged).slope;
}

std::vector<double> Scaled(std::vector<double> logits, double slope) {
  for (double& logit : logits) logit *= slope;
  return logits;
}

// The default pair's win rate for each of `queries`.
std::vector<double> ScorePair(const BilinearModel& model, const embedding::Matrix& vectors,
                              const ModelPair& pair, double slope,
                              std::span<const std::uint32_t> queries) {
  std::vector<Comparison> asked;
  for (const std::uint32_t query : queries)
    asked.push_back({.query = query, .model_a = pair.strong, .model_b = pair.weak});
  std::vector<double> win_rates = LogitsOf(model, vectors, asked);
  for (double& value : win_rates) value = Sigmoid(slope * value);
  return win_rates;
}

// Nothing if no held-out query tells of both models.
std::optional<PairFigures> JudgeHeldOutPair(const data::Dataset& dataset,
                                            const embedding::Matrix& vectors,
                                            const BilinearModel& model, const ModelPair& pair,
                                            double slope, const MfEmbeddingOptions& options) {
  const auto examples = FindPairExamples(dataset, options.strong_model, options.weak_model);
  if (!examples) return std::nullopt;
  std::vector<std::uint32_t> queries;
  std::vector<float> preferences;
  for (const PairExample& example : *examples) {
    if (options.split.PartOf(dataset.queries[example.query]) != Part::kHeldOut) continue;
    queries.push_back(example.query);
    preferences.push_back(example.Preference());
  }
  if (queries.empty()) return std::nullopt;
  const auto win_rates = ScorePair(model, vectors, pair, slope, queries);
  std::vector<Judged> judged;
  for (std::size_t i = 0; i < win_rates.size(); ++i)
    judged.push_back({static_cast<float>(win_rates[i]), preferences[i]});
  return JudgePair(judged);
}

// Models of any length as directions: all are scaled into the unit ball, and one more dimension,
// which the classifier does not look at, makes up for the rest of the length.
void Export(const BilinearModel& model, double slope, bool bias,
            routing::MfEmbeddingCheckpoint& checkpoint) {
  const std::size_t factors = model.factors;
  const std::size_t d = factors + 1;
  std::vector<double> squares(model.models);
  for (std::size_t i = 0; i < model.vectors.size(); ++i)
    squares[i / factors] += std::pow(double{model.vectors[i]}, 2);
  const double radius = std::sqrt(*std::max_element(squares.begin(), squares.end()));
  const double scale = radius > 0.0 ? radius : 1.0;
  checkpoint.dimension = d;
  checkpoint.embedding_dimension = model.columns;
  checkpoint.classifier.assign(d, static_cast<float>(slope * scale));
  checkpoint.classifier.back() = 0.0F;
  for (std::size_t m = 0; m < model.models; ++m) {
    for (std::size_t i = 0; i < factors; ++i) {
      checkpoint.model_vectors.push_back(
          static_cast<float>(double{model.vectors[m * factors + i]} / scale));
    }
    checkpoint.model_vectors.push_back(
        static_cast<float>(std::sqrt(std::max(0.0, 1.0 - squares[m] / (scale * scale)))));
  }
  checkpoint.projection.assign(d * model.columns, 0.0F);
  std::vector<double> constant(d);
  for (std::size_t i = 0; i < factors; ++i) {
    constant[i] = double{model.bias[i]};
    for (std::size_t j = 0; j < model.columns; ++j) {
      const double value = double{model.scale} * double{model.projection[j * factors + i]};
      checkpoint.projection[i * model.columns + j] = static_cast<float>(value);
      constant[i] -= value * double{model.centre[j]};
    }
  }
  if (bias) checkpoint.bias.assign(constant.begin(), constant.end());
}

std::vector<Judged> AsJudged(const std::vector<double>& scores) {
  std::vector<Judged> judged;
  judged.reserve(scores.size());
  for (const double score : scores) judged.push_back({.score = static_cast<float>(score)});
  return judged;
}

std::vector<std::uint32_t> QueriesOf(const std::vector<Comparison>& comparisons) {
  std::vector<std::uint32_t> queries;
  queries.reserve(comparisons.size());
  for (const Comparison& comparison : comparisons) queries.push_back(comparison.query);
  return queries;
}

}  // namespace

Result<MfEmbeddingTraining> TrainMfEmbedding(
    const data::Dataset& dataset, const embedding::Matrix& vectors,
    const embedding::EmbedderIdentity& identity, const MfEmbeddingOptions& options,
    const std::function<void(const EpochProgress&)>& progress, const std::atomic<bool>& cancelled) {
  const Split split = MakeSplit(dataset, options);
  const auto pair = Check(dataset, split, options);
  if (!pair) return tl::unexpected(pair.error());
  const Strengths strengths = FitStrengths(split.training, dataset.models.size());
  std::optional<Fitted> best;
  for (const double noise : options.noise) {
    auto fitted = Fit(Begin(dataset, vectors, strengths, options), vectors, split.training,
                      split.validation, noise, options, progress, cancelled);
    if (!fitted) return tl::unexpected(fitted.error());
    if (!best || fitted->loss < best->loss) best = *std::move(fitted);
  }
  const BilinearModel& model = best->model;

  MfEmbeddingTraining training;
  training.trained_on = split.training.size();
  training.noise = best->noise;
  training.epochs = best->epochs;
  auto logits = LogitsOf(model, vectors, split.validation);
  const double slope = FitSlope(split.validation, logits);
  training.validation =
      JudgeComparisons(split.validation, Scaled(std::move(logits), slope), strengths);
  training.held_out = JudgeComparisons(
      split.held_out, Scaled(LogitsOf(model, vectors, split.held_out), slope), strengths);
  const auto win_rates = ScorePair(model, vectors, *pair, slope, QueriesOf(split.held_out));
  training.ranking = RankComparisons(split.held_out, win_rates, strengths);
  training.pair = JudgeHeldOutPair(dataset, vectors, model, *pair, slope, options);

  auto& checkpoint = training.checkpoint;
  Export(model, slope, options.bias, checkpoint);
  checkpoint.models = dataset.models;
  checkpoint.strong_model = options.strong_model;
  checkpoint.weak_model = options.weak_model;
  checkpoint.embedder = identity;
  checkpoint.embedder.dimension = vectors.columns;
  checkpoint.win_rate_quantiles = WinRateQuantiles(AsJudged(win_rates));
  return training;
}

}  // namespace routellm::training
