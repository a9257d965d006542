#include "training/graded_answers.h"

#include <algorithm>
#include <cmath>

namespace routellm::training {

std::uint8_t LevelOf(float outcome) {
  return static_cast<std::uint8_t>(std::clamp(std::lround(1.0F + 4.0F * outcome), 1L, 5L));
}

std::vector<char> FindGradingSources(const data::Dataset& dataset) {
  constexpr std::size_t kShare = 20;
  std::vector<std::size_t> all(dataset.sources.size());
  std::vector<std::size_t> between(dataset.sources.size());
  for (const data::Outcome& outcome : dataset.outcomes) {
    const std::uint32_t source = dataset.queries[outcome.query].source;
    ++all[source];
    if (outcome.score != 0.0F && outcome.score != 0.5F && outcome.score != 1.0F) ++between[source];
  }
  std::vector<char> grading;
  for (std::size_t s = 0; s < all.size(); ++s)
    grading.push_back(between[s] * kShare > all[s] ? 1 : 0);
  return grading;
}

std::vector<GradedAnswer> GradeAnswers(const data::Dataset& dataset,
                                       const std::vector<char>& grading) {
  constexpr std::uint8_t kGood = 4;
  std::vector<GradedAnswer> answers;
  answers.reserve(dataset.outcomes.size());
  for (const data::Outcome& outcome : dataset.outcomes) {
    GradedAnswer answer{.query = outcome.query, .model = outcome.model};
    const std::uint8_t level = LevelOf(outcome.score);
    if (grading[dataset.queries[outcome.query].source] != 0) {
      answer.low = answer.high = level;
    } else if (level >= kGood) {
      answer.low = kGood;
    } else {
      answer.high = kGood - 1;
    }
    answers.push_back(answer);
  }
  return answers;
}

}  // namespace routellm::training
