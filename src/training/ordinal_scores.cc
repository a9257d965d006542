#include "training/ordinal_scores.h"

#include <algorithm>
#include <cmath>

namespace routellm::training {
namespace {

constexpr double kLeastProbability = 1e-9;

double Sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

}  // namespace

double GoodChance(double quality, const Thresholds& thresholds) {
  return Sigmoid(quality - thresholds[2]);
}

double Likelihood(double quality, const Thresholds& thresholds, std::uint8_t low,
                  std::uint8_t high) {
  const double a = low > 1 ? Sigmoid(quality - thresholds[low - 2U]) : 1.0;
  const double b = high < 5 ? Sigmoid(quality - thresholds[high - 1U]) : 0.0;
  return std::max(a - b, kLeastProbability);
}

double ExpectedScore(double quality, const Thresholds& thresholds) {
  double expected = 1.0;
  for (const double threshold : thresholds) expected += Sigmoid(quality - threshold);
  return expected;
}

}  // namespace routellm::training
