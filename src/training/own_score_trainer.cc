#include "training/own_score_trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <random>
#include <set>
#include <utility>

#include "training/graded_answers.h"
#include "training/ordinal_model.h"
#include "training/pair_figures.h"
#include "training/prompt_matrix.h"

namespace routellm::training {
namespace {

constexpr std::size_t kLeastScores = 20;
constexpr std::size_t kLeastGroups = 10;
constexpr std::size_t kLeastOfASide = 3;
constexpr std::size_t kHoldOut = 5;  // one group in so many
constexpr std::size_t kFolds = 5;
constexpr std::size_t kLeastCalibrated = 100;
constexpr std::uint8_t kGood = 4;
constexpr double kEntirely = 1e9;
constexpr double kPenalties[] = {kEntirely, 1000.0, 300.0, 100.0, 30.0, 10.0, 3.0};

Result<std::uint32_t> FindScored(const data::Dataset& data, const std::string& model) {
  const auto found = std::find(data.models.begin(), data.models.end(), model);
  if (found != data.models.end()) return static_cast<std::uint32_t>(found - data.models.begin());
  return Fail(ErrorCode::kInvalidRequest, "the data hold no score of the model '" + model + "'");
}

// The prior for one model as a linear function of the columns.
routing::LinearFunction FoldPrior(const routing::ScoreCheckpoint& prior, const std::string& model) {
  auto at = std::find(prior.models.begin(), prior.models.end(), model);
  if (at == prior.models.end())
    at = std::find(prior.models.begin(), prior.models.end(), prior.weak_model);
  const double ability = prior.abilities[static_cast<std::size_t>(at - prior.models.begin())];
  const double coordinate = (ability - prior.ability_middle) / prior.ability_range;
  routing::LinearFunction folded{
      .weights = std::vector<float>(routing::kPromptColumns),
      .bias = ability + prior.easiness.bias + coordinate * prior.discrimination.bias};
  for (std::size_t i = 0; i < folded.weights.size(); ++i) {
    folded.weights[i] = static_cast<float>(double{prior.easiness.weights[i]} +
                                           coordinate * double{prior.discrimination.weights[i]});
  }
  return folded;
}

// A router in the making: a quality and its calibration.
struct Fitted {
  OrdinalModel model;
  OrdinalCalibration calibration;
  double penalty = 0.0;

  [[nodiscard]] double Quality(const Matrix& columns, const OrdinalRow& row) const {
    return calibration.slope * model.Quality(columns, row);
  }
};

class Trainer {
 public:
  Trainer(const data::Dataset& dataset, const OwnScoreOptions& options, std::uint32_t weak)
      : options_(options) {
    const routing::LinearFunction prior = FoldPrior(options.prior, options.weak_model);
    std::vector<std::string_view> prompts;
    for (const data::DataQuery& query : dataset.queries) prompts.emplace_back(query.prompt);
    const auto words = text::WordVectors::Create(options.prior.words);
    columns_ = ColumnsOf(ExtractAll(prompts, *words), options.prior.scale);
    Vector weights(routing::kPromptColumns + 1);
    for (std::size_t i = 0; i < routing::kPromptColumns; ++i)
      weights[static_cast<Eigen::Index>(i)] = double{prior.weights[i]};
    weights[routing::kPromptColumns] = prior.bias;
    const Vector known = columns_.transpose() * weights;
    const std::vector<char> grading = FindGradingSources(dataset);
    for (const GradedAnswer& answer : GradeAnswers(dataset, grading)) {
      if (answer.model != weak) continue;
      rows_.push_back({.query = answer.query,
                       .low = answer.low,
                       .high = answer.high,
                       .ability = known[answer.query]});
      grades_ = grades_ || answer.low == answer.high;
    }
    DealGroups(dataset);
  }

  [[nodiscard]] const Matrix& columns() const { return columns_; }
  [[nodiscard]] const std::vector<OrdinalRow>& rows() const { return rows_; }
  [[nodiscard]] std::size_t groups() const { return groups_; }
  [[nodiscard]] bool IsHeldOut(std::uint32_t query) const { return parts_[query] == kHeldOut; }

  // Learns from the training groups, or from all; chooses the penalty unless it is given.
  [[nodiscard]] Fitted Learn(bool all, std::optional<double> penalty) const {
    if (!penalty) {
      double least = 0.0;
      for (const double candidate : kPenalties) {
        const double loss = FoldLoss(OutOfFold(all, candidate));
        // Less freedom wins where more of it does not clearly help.
        if (penalty && loss > least - 1e-4) continue;
        penalty = candidate;
        least = loss;
      }
    }
    Fitted fitted{Fit(Kept(all, kNone), *penalty), {}, *penalty};
    fitted.calibration = {1.0, fitted.model.thresholds};
    const std::vector<JudgedQuality> judged = OutOfFold(all, *penalty);
    if (judged.size() >= kLeastCalibrated && grades_)
      fitted.calibration = CalibrateOrdinal(judged, true);
    return fitted;
  }

 private:
  static constexpr std::size_t kHeldOut = kFolds;  // a part of its own

  void DealGroups(const data::Dataset& dataset) {
    std::set<std::uint32_t> distinct;
    for (const OrdinalRow& row : rows_) distinct.insert(dataset.queries[row.query].group);
    groups_ = distinct.size();
    std::vector<std::uint32_t> order(distinct.begin(), distinct.end());
    std::mt19937_64 random(options_.seed);
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
    std::vector<std::size_t> part_of(dataset.group_count);
    for (std::size_t i = 0; i < order.size(); ++i)
      part_of[order[i]] = i % kHoldOut == 0 ? kHeldOut : (i / kHoldOut) % kFolds;
    parts_.reserve(dataset.queries.size());
    for (const data::DataQuery& query : dataset.queries) parts_.push_back(part_of[query.group]);
  }

  static constexpr std::size_t kNone = kFolds + 1;

  // Of each query, whether it is learnt from when `fold` (or kNone) is left out.
  [[nodiscard]] std::vector<char> Kept(bool all, std::size_t fold) const {
    std::vector<char> kept(parts_.size());
    for (std::size_t q = 0; q < kept.size(); ++q) {
      const std::size_t part = parts_[q];
      kept[q] = part != fold && (part != kHeldOut || all) ? 1 : 0;
    }
    return kept;
  }

  [[nodiscard]] OrdinalModel Fit(std::span<const char> kept, double penalty) const {
    return FitOrdinalModel({columns_, rows_, 1, {static_cast<char>(grades_ ? 1 : 0)}}, kept,
                           RelativePenalties(), Matrix(),
                           {.easiness_penalty = penalty,
                            .discrimination_penalty = kEntirely,
                            .stratum_penalty = 0.0,
                            .slope_penalty = 5.0,
                            .threshold_penalty = 0.5,
                            .fixed_thresholds_prior = true,
                            .thresholds = options_.prior.thresholds});
  }

  // What was expected of the training scores, or of all, each by the other folds; the thresholds of
  // its fit are taken off.
  [[nodiscard]] std::vector<JudgedQuality> OutOfFold(bool all, double penalty) const {
    std::vector<JudgedQuality> judged;
    losses_.clear();
    for (std::size_t fold = 0; fold < kFolds; ++fold) {
      const std::vector<char> kept = Kept(all, fold);
      const OrdinalModel model = Fit(kept, penalty);
      for (const OrdinalRow& row : rows_) {
        if (kept[row.query] != 0 || parts_[row.query] != fold) continue;
        const double quality = model.Quality(columns_, row);
        judged.push_back({quality, row.low, row.high, 1.0});
        losses_.push_back(-std::log(Likelihood(quality, model.thresholds, row.low, row.high)));
      }
    }
    return judged;
  }
  [[nodiscard]] double FoldLoss(const std::vector<JudgedQuality>& judged) const {
    return std::accumulate(losses_.begin(), losses_.end(), 0.0) /
           static_cast<double>(judged.size());
  }

  const OwnScoreOptions& options_;
  Matrix columns_;
  std::vector<OrdinalRow> rows_;
  std::vector<std::size_t> parts_;  // of each query
  std::size_t groups_ = 0;
  bool grades_ = false;
  mutable std::vector<double> losses_;  // of the last call of OutOfFold
};

Result<void> CheckScores(const Trainer& trainer, const std::string& model) {
  std::size_t good = 0;
  for (const OrdinalRow& row : trainer.rows()) good += row.low >= kGood ? 1 : 0;
  const std::size_t all = trainer.rows().size();
  if (all < kLeastScores || trainer.groups() < kLeastGroups) {
    return Fail(ErrorCode::kInvalidData,
                fmt::format("there are {} scores of {} on {} different prompts: at least {} on {} "
                            "are needed",
                            all, model, trainer.groups(), kLeastScores, kLeastGroups));
  }
  if (std::min(good, all - good) < kLeastOfASide) {
    return Fail(
        ErrorCode::kInvalidData,
        fmt::format("of {} scores of {}, {} are 4 or 5: there must be at least {} on either "
                    "side to learn from",
                    all, model, good, kLeastOfASide));
  }
  return {};
}

// APGR of both routers and of length where both models have answered a held-out query.
void JudgePairs(const data::Dataset& dataset, const Trainer& trainer, std::uint32_t weak,
                const std::string& strong_model, const Fitted& trained, const Fitted& before,
                OwnScoreTraining& training) {
  const auto strong = std::find(dataset.models.begin(), dataset.models.end(), strong_model);
  if (strong_model.empty() || strong == dataset.models.end()) return;
  std::vector<float> scores(dataset.queries.size(), -1.0F);
  std::vector<float> weak_scores(dataset.queries.size(), -1.0F);
  for (const data::Outcome& outcome : dataset.outcomes) {
    if (outcome.model == weak) weak_scores[outcome.query] = outcome.score;
    if (outcome.model == strong - dataset.models.begin()) scores[outcome.query] = outcome.score;
  }
  std::vector<Judged> judged[3];
  for (const OrdinalRow& row : trainer.rows()) {
    if (!trainer.IsHeldOut(row.query) || scores[row.query] < 0.0F) continue;
    const float preference = (1.0F + scores[row.query] - weak_scores[row.query]) / 2.0F;
    const double values[] = {-trained.Quality(trainer.columns(), row),
                             -before.Quality(trainer.columns(), row),
                             static_cast<double>(dataset.queries[row.query].prompt.size())};
    for (std::size_t i = 0; i < 3; ++i)
      judged[i].push_back({static_cast<float>(values[i]), preference});
  }
  training.pair_queries = judged[0].size();
  training.apgr = AveragePerformanceGapRecovered(judged[0]).Value(0.5);
  training.apgr_before = AveragePerformanceGapRecovered(judged[1]).Value(0.5);
  training.length_apgr = AveragePerformanceGapRecovered(judged[2]).Value(0.5);
}

ScoreFigures JudgeHeldOut(const Trainer& trainer, const Fitted& fitted) {
  std::vector<JudgedQuality> judged;
  for (const OrdinalRow& row : trainer.rows()) {
    if (trainer.IsHeldOut(row.query))
      judged.push_back({fitted.Quality(trainer.columns(), row), row.low, row.high, 1.0});
  }
  return JudgeScores(judged, fitted.calibration.thresholds);
}

routing::ScoreCheckpoint MakeCheckpoint(const Trainer& trainer, const Fitted& fitted,
                                        const OwnScoreOptions& options) {
  const routing::LinearFunction prior = FoldPrior(options.prior, options.weak_model);
  routing::ScoreCheckpoint checkpoint;
  checkpoint.words = options.prior.words;
  checkpoint.scale = options.prior.scale;
  const double slope = fitted.calibration.slope;
  const double trust = slope * fitted.model.slope;
  checkpoint.easiness.weights.resize(routing::kPromptColumns);
  for (std::size_t i = 0; i < routing::kPromptColumns; ++i) {
    checkpoint.easiness.weights[i] =
        static_cast<float>(trust * double{prior.weights[i]} +
                           slope * fitted.model.easiness[static_cast<Eigen::Index>(i)]);
  }
  checkpoint.easiness.bias = trust * prior.bias;
  checkpoint.discrimination.weights.assign(routing::kPromptColumns, 0.0F);
  checkpoint.thresholds = fitted.calibration.thresholds;
  checkpoint.models = {options.weak_model};
  checkpoint.abilities = {0.0};
  checkpoint.strong_model = options.strong_model;
  checkpoint.weak_model = options.weak_model;
  std::vector<WeightedValue> rates;
  for (const OrdinalRow& row : trainer.rows()) {
    const double quality = fitted.Quality(trainer.columns(), row);
    rates.push_back({1.0 - GoodChance(quality, checkpoint.thresholds), 1.0});
  }
  checkpoint.win_rate_percentiles = Percentiles(std::move(rates));
  return checkpoint;
}

}  // namespace

Result<OwnScoreTraining> TrainOwnScores(const data::Dataset& dataset,
                                        const OwnScoreOptions& options) {
  const auto weak = FindScored(dataset, options.weak_model);
  if (!weak) return tl::unexpected(weak.error());
  if (options.strong_model == options.weak_model)
    return Fail(ErrorCode::kInvalidRequest, "the strong and the weak model are the same");
  const Trainer trainer(dataset, options, *weak);
  if (auto ok = CheckScores(trainer, options.weak_model); !ok) return tl::unexpected(ok.error());

  OwnScoreTraining training;
  const Fitted trained = trainer.Learn(false, std::nullopt);
  const Fitted before = trainer.Learn(false, kEntirely);
  training.trained = JudgeHeldOut(trainer, trained);
  training.before = JudgeHeldOut(trainer, before);
  JudgePairs(dataset, trainer, *weak, options.strong_model, trained, before, training);
  training.penalty = trained.penalty;
  training.learnt = trained.penalty < kEntirely;
  training.checkpoint = MakeCheckpoint(trainer, trainer.Learn(true, trained.penalty), options);
  return training;
}

}  // namespace routellm::training
