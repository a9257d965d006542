#include "training/comparison_figures.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "training/linear_algebra.h"

namespace routellm::training {
namespace {

constexpr double kUnequal = 0.5;  // difference of strengths from which on one model is the stronger

double CrossEntropy(double logit, double a_wins) {
  return std::max(logit, 0.0) - a_wins * logit + std::log1p(std::exp(-std::abs(logit)));
}

}  // namespace

double MeanLoss(std::span<const Comparison> comparisons, std::span<const double> logits) {
  double sum = 0.0;
  double weight = 0.0;
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    sum += double{comparisons[i].weight} * CrossEntropy(logits[i], double{comparisons[i].a_wins});
    weight += double{comparisons[i].weight};
  }
  return sum / weight;
}

ComparisonFigures JudgeComparisons(std::span<const Comparison> comparisons,
                                   std::span<const double> logits, const Strengths& strengths) {
  ComparisonFigures figures{.comparisons = comparisons.size(),
                            .loss = MeanLoss(comparisons, logits)};
  std::vector<double> by_strengths;
  std::vector<Judged> judged;
  double decided = 0.0;
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    const Comparison& one = comparisons[i];
    by_strengths.push_back(LogitOf(one, strengths));
    judged.push_back({static_cast<float>(Sigmoid(logits[i])), one.a_wins, one.weight});
    if (one.a_wins == 0.5F) continue;
    decided += double{one.weight};
    if ((logits[i] >= 0.0) == (one.a_wins > 0.5F)) figures.accuracy += double{one.weight};
  }
  figures.strengths_loss = MeanLoss(comparisons, by_strengths);
  figures.accuracy = decided > 0.0 ? figures.accuracy / decided : 1.0;
  figures.auc = AreaUnderRoc(judged).Value(0.5);
  figures.calibration_error = ExpectedCalibrationError(std::move(judged), 10);
  return figures;
}

RankingFigures RankComparisons(std::span<const Comparison> comparisons,
                               std::span<const double> win_rates, const Strengths& strengths) {
  std::vector<Judged> judged;
  for (std::size_t i = 0; i < comparisons.size(); ++i) {
    const Comparison& one = comparisons[i];
    const double difference = strengths.models[one.model_a] - strengths.models[one.model_b];
    if (std::abs(difference) < kUnequal) continue;
    judged.push_back({.score = static_cast<float>(win_rates[i]),
                      .preference = difference > 0.0 ? one.a_wins : 1.0F - one.a_wins,
                      .weight = one.weight});
  }
  const std::size_t count = judged.size();
  const double auc = AreaUnderRoc(judged).Value(0.5);
  return {count, auc, AveragePerformanceGapRecovered(std::move(judged)).Value(0.5)};
}

}  // namespace routellm::training
