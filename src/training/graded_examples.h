// How well the weak model of a pair does, from 1 to 5, query by query.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/error.h"
#include "data/dataset.h"
#include "training/query_split.h"

namespace routellm::training {

struct GradedExample {
  std::string prompt;
  std::uint32_t group = 0;  // queries that must not be parted by a split have the same group
  int score = 0;            // from 1 to 5
  double weight = 1.0;
};

// Of outcomes of both models: 5 where the weak one's is as good as the strong one's or better, else
// 5 - 4 (strong - weak), rounded. Of battles between them, by the weak model's share of wins, a tie
// counting half: 5 for all, 4 from a half on, 3 from a quarter on, else 2. Errors as
// FindPairExamples.
[[nodiscard]] Result<std::vector<GradedExample>> GradeExamples(const data::Dataset& dataset,
                                                               const std::string& strong_model,
                                                               const std::string& weak_model);

// Of files of scores (docs/formats/scores.md), rounded to whole ones: the rows of `weak_model` and
// those that name no model. Queries with the same prompt share a group. Errors: kIo; kInvalidData,
// with file and line, also for a row without a prompt, and if there is no such row at all.
[[nodiscard]] Result<std::vector<GradedExample>> ReadGradedExamples(
    const std::vector<std::filesystem::path>& files, const std::string& weak_model);

enum class Balance : std::uint8_t {
  kDownsample,  // as many of each score as there are of the rarest one; the others are left out
  kWeights,     // all are kept; a score's weight is inverse to its share, 1 on average
  kNone,
};

// How many of each score there are.
[[nodiscard]] std::array<std::size_t, 5> CountScores(const std::vector<GradedExample>& examples);

// Keeps the order. The same seed leaves out the same ones. A score that does not occur is not
// missed.
[[nodiscard]] std::vector<GradedExample> Balanced(std::vector<GradedExample> examples,
                                                  Balance balance, std::uint64_t seed);

}  // namespace routellm::training
