// How good predictions are for comparisons of any models.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "training/comparisons.h"
#include "training/metrics.h"

namespace routellm::training {

struct ComparisonFigures {
  std::size_t comparisons = 0;
  double loss = 0.0;            // mean cross entropy; ties alone cost 0.693
  double strengths_loss = 0.0;  // the same of Strengths, which look at no prompt
  double accuracy = 0.0;        // the likelier winner won; ties left out
  double auc = 0.5;
  double calibration_error = 0.0;  // ten bins
};

// How one pair's win rate ranks queries by what happened when any stronger model met any weaker
// one: whether it knows which prompts need a strong model.
struct RankingFigures {
  std::size_t comparisons = 0;
  double auc = 0.5;
  double apgr = 0.5;
};

// The mean cross entropy of `logits` of model a's wins, by weight. At least one.
[[nodiscard]] double MeanLoss(std::span<const Comparison> comparisons,
                              std::span<const double> logits);

// At least one comparison.
[[nodiscard]] ComparisonFigures JudgeComparisons(std::span<const Comparison> comparisons,
                                                 std::span<const double> logits,
                                                 const Strengths& strengths);

// `win_rates` are the pair's for the comparisons' queries. Models whose strengths differ by less
// than 1/2 are neither stronger nor weaker.
[[nodiscard]] RankingFigures RankComparisons(std::span<const Comparison> comparisons,
                                             std::span<const double> win_rates,
                                             const Strengths& strengths);

}  // namespace routellm::training
