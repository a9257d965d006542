// Which of many vectors point the same way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "embedding/embedder.h"

namespace routellm::contamination {

// Scales every row to length 1; rows of zeros stay.
void ScaleRows(embedding::Matrix& rows);

struct CosinePair {
  std::uint32_t one;    // row of the first matrix
  std::uint32_t other;  // row of the second
  float cosine;
};

// All pairs of rows with a cosine of `threshold` or more (up to rounding, 1e-6), by first and then
// second row. An exhaustive comparison in single precision, on all cores. Rows must have length 1
// or be zero, columns must be equal. `progress` is called with the number of first rows that are
// done, one call at a time.
[[nodiscard]] std::vector<CosinePair> FindCosinePairs(
    const embedding::Matrix& ones, const embedding::Matrix& others, double threshold,
    const std::function<void(std::size_t done)>& progress);

}  // namespace routellm::contamination
