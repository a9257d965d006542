// Outcomes as scores from 1 to 5.
#pragma once

#include <cstdint>
#include <vector>

#include "data/dataset.h"

namespace routellm::training {

// What is known of the score that one model's answer to one query deserves: it lies within
// [low, high], 1 <= low <= high <= 5.
struct GradedAnswer {
  std::uint32_t query = 0;
  std::uint32_t model = 0;
  std::uint8_t low = 1;
  std::uint8_t high = 5;
};

// The score that an outcome in [0, 1] stands for: 1 + 4 * outcome, rounded.
[[nodiscard]] std::uint8_t LevelOf(float outcome);

// Of each source, whether it grades: more than a twentieth of its outcomes are not 0, 1/2 or 1.
[[nodiscard]] std::vector<char> FindGradingSources(const data::Dataset& dataset);

// The outcomes, in order. One of a source that grades is a score. A source that does not (right or
// wrong) says no more than whether the score is at least 4: its outcomes are [4, 5] or [1, 3].
[[nodiscard]] std::vector<GradedAnswer> GradeAnswers(const data::Dataset& dataset,
                                                     const std::vector<char>& grading);

}  // namespace routellm::training
