#include "training/metrics.h"

#include <algorithm>
#include <cmath>

namespace routellm::training {
namespace {

// Calls visit(begin, end) for each run of equal scores in a sorted range.
template <typename Range, typename Visit>
void ForEachRun(const Range& sorted, Visit visit) {
  for (auto begin = sorted.begin(); begin != sorted.end();) {
    const auto end = std::find_if(begin, sorted.end(),
                                  [&](const auto& item) { return item.score != begin->score; });
    visit(begin, end);
    begin = end;
  }
}

}  // namespace

Ratio AreaUnderRoc(std::vector<Judged> judged) {
  std::sort(judged.begin(), judged.end(),
            [](const Judged& x, const Judged& y) { return x.score < y.score; });
  double against = 0.0;
  double in_favour = 0.0;
  double area = 0.0;
  ForEachRun(judged, [&](auto begin, auto end) {
    double run_against = 0.0;
    double run_in_favour = 0.0;
    for (auto item = begin; item != end; ++item) {
      const double decided = (2.0 * item->preference - 1.0) * item->weight;
      (decided > 0 ? run_in_favour : run_against) += std::abs(decided);
    }
    area += run_in_favour * (against + 0.5 * run_against);
    against += run_against;
    in_favour += run_in_favour;
  });
  return {area, in_favour * against};
}

Ratio AveragePerformanceGapRecovered(std::vector<Judged> judged) {
  std::sort(judged.begin(), judged.end(),
            [](const Judged& x, const Judged& y) { return x.score > y.score; });
  double gained = 0.0;
  double area = 0.0;
  ForEachRun(judged, [&](auto begin, auto end) {
    double gain = 0.0;
    for (auto item = begin; item != end; ++item)
      gain += (2.0 * item->preference - 1.0) * item->weight;
    area += static_cast<double>(end - begin) * (gained + 0.5 * gain);
    gained += gain;
  });
  return {area / static_cast<double>(std::max<std::size_t>(judged.size(), 1)), gained};
}

double ExpectedCalibrationError(std::vector<Judged> judged, std::size_t bins) {
  std::sort(judged.begin(), judged.end(),
            [](const Judged& x, const Judged& y) { return x.score < y.score; });
  double total = 0.0;
  for (const Judged& item : judged) total += item.weight;
  double error = 0.0;
  double gap = 0.0;
  double filled = 0.0;
  std::size_t bin = 1;
  for (const Judged& item : judged) {
    gap += item.weight * (item.score - item.preference);
    filled += item.weight;
    if (filled < total * static_cast<double>(bin) / static_cast<double>(bins)) continue;
    error += std::abs(gap);
    gap = 0.0;
    ++bin;
  }
  return total > 0.0 ? (error + std::abs(gap)) / total : 0.0;
}

}  // namespace routellm::training
