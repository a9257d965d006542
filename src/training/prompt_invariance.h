// How much the columns of prompts move under edits that should not matter.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/dataset.h"
#include "routing/prompt_columns.h"
#include "text/word_vectors.h"
#include "training/linear_algebra.h"

namespace routellm::training {

// Weights that make a source count by the square root of its queries; their mean is 1.
[[nodiscard]] std::vector<double> SourceWeights(const data::Dataset& dataset);

class PromptInvariance {
 public:
  // Edits 9,000 prompts, drawn by `weights` (one for each query); reproducible. `columns` are those
  // of the queries, as ColumnsOf gives them.
  PromptInvariance(const data::Dataset& dataset, const std::vector<double>& weights,
                   const text::WordVectors& words, const routing::ColumnScale& scale,
                   const Matrix& columns);

  // The second moment of the changes of the queries that are kept, [columns + 1, columns + 1].
  [[nodiscard]] Matrix SecondMoment(std::span<const char> kept) const;

 private:
  std::vector<std::uint32_t> queries_;
  Matrix changes_;  // scaled by the square root of the edit's weight; of the constant: 0
};

}  // namespace routellm::training
