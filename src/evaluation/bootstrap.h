// How far a figure would vary with another sample of queries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "evaluation/curve.h"

namespace routellm::evaluation {

struct Interval {
  double low = 0.0;
  double high = 0.0;
};

struct BootstrapOptions {
  std::size_t resamples = 1000;  // at least 1
  std::uint64_t seed = 0;
};

// What is asked of each resample: figures, none where undefined, always as many.
using Figures = std::vector<std::optional<double>>;

// The interval of each figure between its 2.5 and its 97.5 % quantile over resamples of the queries
// (percentile bootstrap; Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter
// 13); none for a figure that no resample defines. `figures` must be thread-safe: it is called on
// all cores. The result depends on the arguments alone.
[[nodiscard]] std::vector<std::optional<Interval>> Bootstrap(
    const PairOutcomes& outcomes, const BootstrapOptions& options,
    const std::function<Figures(const Sample&)>& figures);

}  // namespace routellm::evaluation
