// How good predicted win rates are.
#pragma once

#include <cstddef>
#include <vector>

namespace routellm::training {

// A score and what came of it.
struct Judged {
  float score = 0;       // higher: the strong model, or the first one, is expected to be better
  float preference = 0;  // how often it was, in [0, 1]
  float weight = 1;      // > 0
};

// A ratio of sums, so that figures of several model pairs can be pooled: add the sums, then divide.
struct Ratio {
  double part = 0.0;
  double whole = 0.0;

  Ratio& operator+=(const Ratio& other) {
    part += other.part;
    whole += other.whole;
    return *this;
  }
  // `fallback` where there is nothing to divide by.
  [[nodiscard]] double Value(double fallback) const {
    return whole > 0.0 ? part / whole : fallback;
  }
};

// The probability that a judgement for the first model has a higher score than one against it,
// equal scores counting half (the area under the ROC curve). A judgement counts |2 preference - 1|
// times its weight; ties count nothing.
[[nodiscard]] Ratio AreaUnderRoc(std::vector<Judged> judged);

// The average share of the whole gain that is recovered when the queries with the highest scores go
// to the strong model, over all shares of strong calls (APGR; Ong et al., arXiv:2406.18665,
// section 3.2). 0.5 for random scores. A query's gain is 2 preference - 1, times its weight.
[[nodiscard]] Ratio AveragePerformanceGapRecovered(std::vector<Judged> judged);

// The expected gap between predicted probability (`score`) and observed preference, over `bins`
// bins of equal weight.
[[nodiscard]] double ExpectedCalibrationError(std::vector<Judged> judged, std::size_t bins);

}  // namespace routellm::training
