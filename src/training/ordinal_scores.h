// Scores from 1 to 5 as the cumulative logit model of routing/score_checkpoint.h sees them.
#pragma once

#include <array>
#include <cstdint>

namespace routellm::training {

using Thresholds = std::array<double, 4>;  // of the scores from 2 to 5, ascending

// What was expected of an answer, and what is known of its score: it lies within [low, high].
struct JudgedQuality {
  double quality = 0.0;  // the logit from which thresholds are taken
  std::uint8_t low = 1;
  std::uint8_t high = 5;
  double weight = 1.0;  // > 0
};

// P(score >= 4).
[[nodiscard]] double GoodChance(double quality, const Thresholds& thresholds);

// P(low <= score <= high), at least 1e-9.
[[nodiscard]] double Likelihood(double quality, const Thresholds& thresholds, std::uint8_t low,
                                std::uint8_t high);

// The mean score, in [1, 5].
[[nodiscard]] double ExpectedScore(double quality, const Thresholds& thresholds);

}  // namespace routellm::training
