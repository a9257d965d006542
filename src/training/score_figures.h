// How good predicted scores, 1 to 5, are on answers that were held out.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "training/metrics.h"
#include "training/ordinal_scores.h"

namespace routellm::training {

struct ScoreFigures {
  std::size_t answers = 0;
  double loss = 0.0;               // mean of -ln P(what is known of the score)
  double marginal_loss = 0.0;      // the same of the best distribution that looks at no prompt
  double accuracy = 0.0;           // score of at least 4 or not, at a chance of 1/2
  double base_rate = 0.0;          // share of answers with a score of at least 4
  double auc = 0.5;                // of P(score >= 4)
  double calibration_error = 0.0;  // of P(score >= 4): ECE over 10 bins
  // Of answers whose score is known exactly: the mean distance of the expected score, and of the
  // marginal one, from it.
  std::size_t graded = 0;
  double absolute_error = 0.0;
  double marginal_error = 0.0;
};

// `judged`: at least one, by weight. The marginal distribution is fitted on them, which flatters
// it.
[[nodiscard]] ScoreFigures JudgeScores(std::span<const JudgedQuality> judged,
                                       const Thresholds& thresholds);

}  // namespace routellm::training
