#include "training/pair_figures.h"

#include <algorithm>
#include <cmath>

namespace routellm::training {

PairFigures JudgePair(const std::vector<Judged>& judged) {
  PairFigures figures{.queries = judged.size()};
  const auto count = static_cast<double>(judged.size());
  double mean = 0.0;
  for (const Judged& item : judged) mean += double{item.preference} / count;
  double decided = 0.0;
  for (const Judged& item : judged) {
    const double error = double{item.score} - double{item.preference};
    const double constant = mean - double{item.preference};
    figures.squared_error += error * error / count;
    figures.constant_error += constant * constant / count;
    if (item.preference == 0.5F) continue;
    ++decided;
    if ((item.score >= 0.5F) == (item.preference > 0.5F)) ++figures.accuracy;
  }
  figures.accuracy = decided > 0.0 ? figures.accuracy / decided : 1.0;
  figures.auc = AreaUnderRoc(judged).Value(0.5);
  figures.apgr = AveragePerformanceGapRecovered(judged).Value(0.5);
  figures.calibration_error = ExpectedCalibrationError(judged, 10);
  return figures;
}

std::vector<double> WinRateQuantiles(const std::vector<Judged>& judged) {
  constexpr std::size_t kSteps = 100;
  std::vector<double> sorted;
  sorted.reserve(judged.size());
  for (const Judged& item : judged) sorted.push_back(double{item.score});
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> quantiles;
  for (std::size_t step = 0; step <= kSteps; ++step) {
    const double position =
        static_cast<double>(step * (sorted.size() - 1)) / static_cast<double>(kSteps);
    const auto below = static_cast<std::size_t>(position);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    quantiles.push_back(
        std::lerp(sorted[below], sorted[above], position - static_cast<double>(below)));
  }
  return quantiles;
}

std::vector<double> Percentiles(std::vector<WeightedValue> values) {
  constexpr std::size_t kPercents = 100;
  std::sort(values.begin(), values.end(),
            [](const WeightedValue& a, const WeightedValue& b) { return a.value < b.value; });
  double total = 0.0;
  for (const WeightedValue& value : values) total += value.weight;
  std::vector<double> percentiles;
  double below = 0.0;
  std::size_t at = 0;
  for (std::size_t percent = 0; percent <= kPercents; ++percent) {
    const double wanted = total * static_cast<double>(percent) / kPercents;
    while (at + 1 < values.size() && below + values[at].weight <= wanted)
      below += values[at++].weight;
    percentiles.push_back(values[at].value);
  }
  return percentiles;
}

}  // namespace routellm::training
