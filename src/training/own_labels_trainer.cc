#include "training/own_labels_trainer.h"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <mutex>
#include <numeric>
#include <set>
#include <span>
#include <utility>

#include "core/parallel.h"
#include "training/calibration.h"
#include "training/kernel_evidence.h"
#include "training/label_features.h"
#include "training/pair_figures.h"
#include "training/prompt_kernel.h"
#include "training/random.h"

namespace routellm::training {
namespace {

using routing::MfCheckpoint;
using routing::OwnLabels;
using Rows = std::vector<std::uint32_t>;

constexpr std::size_t kFolds = 5;
constexpr std::size_t kMostRepeats = 4;
constexpr std::size_t kRepeatedLabels = 6000;  // in all; about as many are held out
constexpr std::size_t kEvidenceLabels = 2000;

// The rows in an order of their groups that depends on `seed` alone.
Rows Shuffled(const std::vector<LabelledPrompt>& labels, std::uint64_t seed) {
  Rows rows(labels.size());
  std::iota(rows.begin(), rows.end(), 0U);
  std::stable_sort(rows.begin(), rows.end(), [&](std::uint32_t a, std::uint32_t b) {
    const auto key = [&](std::uint32_t row) {
      return std::pair(Random({seed, labels[row].group}).Next(), labels[row].group);
    };
    return key(a) < key(b);
  });
  return rows;
}

// The fold of each label: equal shares, no group parted.
std::vector<std::size_t> Folds(const std::vector<LabelledPrompt>& labels, std::uint64_t seed) {
  const Rows rows = Shuffled(labels, seed);
  std::vector<std::size_t> folds(labels.size());
  for (std::size_t i = 0, begin = 0; i < rows.size(); ++i) {
    if (i > 0 && labels[rows[i]].group != labels[rows[i - 1]].group) begin = i;
    folds[rows[i]] = begin * kFolds / rows.size();
  }
  return folds;
}

struct Fit {
  OwnLabels function;
  double mean_gain = 0.0;           // of the labels that were learnt
  std::vector<KernelModel> models;  // without their coefficients
};

Vector Picked(const Vector& values, std::span<const std::uint32_t> rows) {
  Vector picked(static_cast<Eigen::Index>(rows.size()));
  for (std::size_t i = 0; i < rows.size(); ++i)
    picked[static_cast<Eigen::Index>(i)] = values[rows[i]];
  return picked;
}

// The function of the kernel's rows that `models` teach together.
void AddTo(const PromptKernel& kernel, const std::vector<KernelModel>& models,
           OwnLabels& function) {
  for (double KernelMix::*const part :
       {&KernelMix::difficulty, &KernelMix::columns, &KernelMix::words, &KernelMix::topics,
        &KernelMix::embedding}) {
    Vector coefficients;
    for (const KernelModel& model : models) {
      if (model.mix.*part == 0.0) continue;
      if (coefficients.size() == 0) coefficients = Vector::Zero(model.coefficients.size());
      coefficients += model.weight * model.mix.*part * model.coefficients;
    }
    KernelMix alone;
    alone.*part = 1.0;
    if (coefficients.size() > 0) kernel.AddTo(alone, coefficients, function);
  }
}

// Learns the gains of `rows`, of which the first are a fair sample.
Fit FitOwnLabels(const LabelFeatures& features, const Vector& gains, const Rows& rows) {
  const auto sample = std::span(rows).first(std::min(rows.size(), kEvidenceLabels));
  const bool sampled = sample.size() < rows.size();
  const PromptKernel kernel(features, rows);
  std::vector<KernelModel> models =
      WeighKernelModels(sampled ? PromptKernel(features, sample).Matrices() : kernel.Matrices(),
                        Picked(gains, sample), Picked(features.gaps, sample));
  if (sampled) models = MergedByNoise(models);
  const Vector y = Picked(gains, rows);
  const Vector prior = Picked(features.gaps, rows);
  Fit fit{.function = kernel.ZeroFunction(), .mean_gain = y.mean(), .models = {}};
  for (KernelModel& model : models) {
    const Vector left = y - model.prior_share * prior;
    fit.function.prior_share += model.weight * model.prior_share;
    fit.function.columns.bias += model.weight * left.mean();
    if (sampled && !std::isinf(model.noise))
      model.coefficients = kernel.Solve(model.mix, model.noise, left.array() - left.mean());
  }
  AddTo(kernel, models, fit.function);
  fit.function.prior_share = std::clamp(fit.function.prior_share, 0.0, 1.0);
  for (KernelModel& model : models) model.coefficients.resize(0);
  fit.models = std::move(models);
  return fit;
}

// With the mean of all labels in place of those that were learnt: where one fold's labels have the
// higher gains, the others' have the lower, and predictions of several folds could not be compared.
float LogitOf(const Fit& fit, const LabelFeatures& features,
              const std::vector<LabelledPrompt>& labels, std::size_t row, double mean_gain) {
  const double gap =
      fit.function.prior_share * features.gaps[static_cast<Eigen::Index>(row)] +
      fit.function.Term(ColumnsAt(features, row), features.words[row], labels[row].embedding);
  return static_cast<float>(routing::GapLogit(gap + mean_gain - fit.mean_gain));
}

// Everything that was learnt: from all labels, and of each label without its fold.
struct Fits {
  Fit all;
  std::vector<std::vector<std::size_t>> folds;      // by repeat and label
  std::vector<std::vector<float>> held_out_logits;  // the same
};

Result<Fits> FitAll(const LabelFeatures& features, const std::vector<LabelledPrompt>& labels,
                    std::size_t repeats, std::uint64_t seed,
                    const std::function<bool(std::size_t, std::size_t)>& progress) {
  Vector gains(static_cast<Eigen::Index>(labels.size()));
  for (std::size_t i = 0; i < labels.size(); ++i)
    gains[static_cast<Eigen::Index>(i)] = double{labels[i].gain};
  const Rows shuffled = Shuffled(labels, seed);
  Fits fits;
  for (std::size_t repeat = 0; repeat < repeats; ++repeat) {
    fits.folds.push_back(Folds(labels, seed + 1 + repeat));
    fits.held_out_logits.emplace_back(labels.size());
  }
  std::atomic<bool> stopped = false;
  std::mutex mutex;
  std::size_t done = 0;
  const std::size_t jobs = 1 + repeats * kFolds;
  ParallelFor(jobs, [&](std::size_t job) {
    if (stopped) return;
    if (job == 0) {
      fits.all = FitOwnLabels(features, gains, shuffled);
    } else {
      const auto& folds = fits.folds[(job - 1) / kFolds];
      const std::size_t held_out = (job - 1) % kFolds;
      Rows rows;
      std::copy_if(shuffled.begin(), shuffled.end(), std::back_inserter(rows),
                   [&](std::uint32_t row) { return folds[row] != held_out; });
      const Fit fit = FitOwnLabels(features, gains, rows);
      auto& logits = fits.held_out_logits[(job - 1) / kFolds];
      for (std::size_t row = 0; row < labels.size(); ++row) {
        if (folds[row] == held_out) logits[row] = LogitOf(fit, features, labels, row, gains.mean());
      }
    }
    const std::lock_guard lock(mutex);
    if (!progress(++done, jobs)) stopped = true;
  });
  if (stopped) return Fail(ErrorCode::kCancelled, "interrupted");
  return fits;
}

Judged JudgedAs(float score, const LabelledPrompt& label, double weight) {
  return {score, 0.5F + 0.5F * label.gain, static_cast<float>(weight)};
}

Calibration CalibrationOf(const Fits& fits, const std::vector<LabelledPrompt>& labels) {
  std::vector<Judged> judged;
  const double weight = 1.0 / static_cast<double>(fits.folds.size());
  for (const auto& logits : fits.held_out_logits) {
    for (std::size_t row = 0; row < labels.size(); ++row)
      judged.push_back(JudgedAs(logits[row], labels[row], weight));
  }
  return FitCalibration(judged);
}

// The win rates of one repeat, those of each fold calibrated on the others.
std::vector<float> CrossCalibrated(const std::vector<float>& logits,
                                   const std::vector<std::size_t>& folds,
                                   const std::vector<LabelledPrompt>& labels) {
  std::vector<float> win_rates(labels.size());
  for (std::size_t fold = 0; fold < kFolds; ++fold) {
    std::vector<Judged> others;
    for (std::size_t row = 0; row < labels.size(); ++row) {
      if (folds[row] != fold) others.push_back(JudgedAs(logits[row], labels[row], 1.0));
    }
    const Calibration calibration = FitCalibration(others);
    for (std::size_t row = 0; row < labels.size(); ++row) {
      if (folds[row] != fold) continue;
      win_rates[row] =
          static_cast<float>(Sigmoid(calibration.slope * double{logits[row]} + calibration.offset));
    }
  }
  return win_rates;
}

HeldOutReport Judge(const Fits& fits, const LabelFeatures& features, const MfCheckpoint& initial,
                    const std::vector<LabelledPrompt>& labels) {
  HeldOutLabels held_out;
  std::vector<float> by_default;
  std::vector<float> by_length;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    held_out.gains.push_back(labels[row].gain);
    held_out.groups.push_back(labels[row].group);
    by_default.push_back(static_cast<float>(
        initial.calibration.WinRate(features.gaps[static_cast<Eigen::Index>(row)])));
    by_length.push_back(static_cast<float>(labels[row].prompt.size()));
  }
  std::vector<std::vector<float>> own;
  for (std::size_t repeat = 0; repeat < fits.folds.size(); ++repeat)
    own.push_back(CrossCalibrated(fits.held_out_logits[repeat], fits.folds[repeat], labels));
  return JudgeHeldOut(held_out, {{.name = "own labels", .scores = own, .win_rates = true},
                                 {.name = "default", .scores = {by_default}, .win_rates = true},
                                 {.name = "length", .scores = {by_length}},
                                 {.name = "random", .scores = {}}});
}

std::vector<double> Percentiles(const Fits& fits, const std::vector<LabelledPrompt>& labels,
                                const routing::GapCalibration& calibration) {
  std::vector<Judged> win_rates;
  for (const auto& logits : fits.held_out_logits) {
    for (std::size_t row = 0; row < labels.size(); ++row) {
      const double logit = calibration.slope * double{logits[row]} + calibration.offset;
      win_rates.push_back(JudgedAs(static_cast<float>(Sigmoid(logit)), labels[row], 1.0));
    }
  }
  return WinRateQuantiles(win_rates);
}

Result<void> CheckLabels(const std::vector<LabelledPrompt>& labels) {
  std::set<std::uint32_t> groups;
  for (const LabelledPrompt& label : labels) groups.insert(label.group);
  if (labels.size() < kLeastLabels || groups.size() < kLeastLabels) {
    return Fail(ErrorCode::kInvalidData,
                fmt::format("too little to learn from: {} labelled prompts in {} groups; at least "
                            "{} are needed, and some hundreds before they tell much",
                            labels.size(), groups.size(), kLeastLabels));
  }
  const bool equal = std::all_of(labels.begin(), labels.end(), [&](const LabelledPrompt& label) {
    return label.gain == labels.front().gain;
  });
  if (!equal) return {};
  return Fail(ErrorCode::kInvalidData,
              fmt::format("nothing to learn: all {} labels say the same (strong less weak score: "
                          "{:.2f})",
                          labels.size(), labels.front().gain));
}

// Scaled to length 1, a column for each label.
Result<Matrix> EmbeddingsOf(const std::vector<LabelledPrompt>& labels, std::size_t dimension) {
  Matrix embeddings(dimension, labels.size());
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto& embedding = labels[i].embedding;
    if (embedding.size() != dimension) {
      return Fail(ErrorCode::kInvalidData,
                  fmt::format("a label has an embedding of {} numbers, not of {}", embedding.size(),
                              dimension));
    }
    auto column = embeddings.col(static_cast<Eigen::Index>(i));
    column =
        Eigen::Map<const Eigen::VectorXf>(embedding.data(), static_cast<Eigen::Index>(dimension))
            .cast<double>();
    if (!column.allFinite())
      return Fail(ErrorCode::kInvalidData, "an embedding holds a number that is not finite");
    column /= std::max(column.norm(), std::numeric_limits<double>::min());
  }
  return embeddings;
}

std::string Described(const std::vector<KernelModel>& models) {
  double prior = 0.0;
  double learnt = 0.0;
  KernelMix mix;
  for (const KernelModel& model : models) {
    prior += model.weight * model.prior_share;
    if (std::isinf(model.noise)) continue;
    learnt += model.weight;
    mix += model.weight * model.mix;
  }
  std::string text = fmt::format("{:.0f} % of the default router's opinion", 100.0 * prior);
  if (learnt > 0.0) {
    const KernelMix percent = 100.0 / learnt * mix;
    text += fmt::format(
        " and what the labels add by difficulty ({:.0f} %), facts ({:.0f} %), words ({:.0f} %)",
        percent.difficulty, percent.columns, percent.words);
    text += percent.embedding > 0.0
                ? fmt::format(", topics ({:.0f} %) and the embedding ({:.0f} %)", percent.topics,
                              percent.embedding)
                : fmt::format(" and topics ({:.0f} %)", percent.topics);
  }
  if (learnt < 0.995) {
    text += fmt::format("; {:.0f} % of the evidence is for nothing but the default",
                        100.0 * (1.0 - learnt));
  }
  return text;
}

// The initial checkpoint with the models of the pair alone.
MfCheckpoint WithPair(MfCheckpoint checkpoint, const routing::PairAbilities& pair,
                      const OwnLabelsOptions& options) {
  checkpoint.models = {options.strong_model, options.weak_model};
  checkpoint.abilities = {pair.strong, pair.weak};
  checkpoint.strong_model = options.strong_model;
  checkpoint.weak_model = options.weak_model;
  return checkpoint;
}

}  // namespace

Result<OwnLabelsTraining> TrainOnOwnLabels(
    const MfCheckpoint& initial, const std::vector<LabelledPrompt>& labels,
    const OwnLabelsOptions& options,
    const std::function<bool(std::size_t done, std::size_t all)>& progress) {
  if (initial.own_labels) {
    return Fail(ErrorCode::kInvalidRequest,
                "the initial checkpoint was itself trained on own labels: start from the one "
                "before, with all labels");
  }
  if (options.strong_model == options.weak_model)
    return Fail(ErrorCode::kInvalidRequest, "the strong and the weak model are the same");
  if (auto enough = CheckLabels(labels); !enough) return tl::unexpected(enough.error());

  const auto ability = [&](const std::string& model) {
    const auto found = std::find(initial.models.begin(), initial.models.end(), model);
    return found == initial.models.end()
               ? std::nan("")
               : initial.abilities[static_cast<std::size_t>(found - initial.models.begin())];
  };
  routing::PairAbilities pair{ability(options.strong_model), ability(options.weak_model)};
  OwnLabelsTraining training;
  training.default_pair = {initial.strong_model, initial.weak_model};
  training.models_known = !std::isnan(pair.strong) && !std::isnan(pair.weak);
  if (!training.models_known) pair = {ability(initial.strong_model), ability(initial.weak_model)};

  std::vector<std::string_view> prompts;
  prompts.reserve(labels.size());
  for (const LabelledPrompt& label : labels) prompts.push_back(label.prompt);
  auto features = ExtractLabelFeatures(initial, pair, prompts);
  if (!features) return tl::unexpected(features.error());
  auto embeddings = EmbeddingsOf(labels, options.embedder.dimension);
  if (!embeddings) return tl::unexpected(embeddings.error());
  features->embeddings = *std::move(embeddings);
  features->embedder = options.embedder;

  training.folds = kFolds;
  training.repeats = std::clamp<std::size_t>(kRepeatedLabels / labels.size(), 1, kMostRepeats);
  const auto fits = FitAll(*features, labels, training.repeats, options.seed, progress);
  if (!fits) return tl::unexpected(fits.error());

  training.held_out = Judge(*fits, *features, initial, labels);
  training.learnt = Described(fits->all.models);
  training.checkpoint = WithPair(initial, pair, options);
  training.checkpoint.own_labels = fits->all.function;
  const Calibration calibration = CalibrationOf(*fits, labels);
  training.checkpoint.calibration = {calibration.slope, calibration.offset};
  training.checkpoint.win_rate_percentiles =
      Percentiles(*fits, labels, training.checkpoint.calibration);
  return training;
}

}  // namespace routellm::training
