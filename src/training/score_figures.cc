#include "training/score_figures.h"

#include <cmath>

#include "training/ordinal_model.h"

namespace routellm::training {

ScoreFigures JudgeScores(std::span<const JudgedQuality> judged, const Thresholds& thresholds) {
  constexpr std::size_t kBins = 10;
  constexpr std::uint8_t kGood = 4;
  const Thresholds marginal = CalibrateOrdinal(judged, false).thresholds;
  ScoreFigures figures{.answers = judged.size()};
  std::vector<Judged> good;
  double total = 0.0;
  double graded = 0.0;
  for (const JudgedQuality& one : judged) {
    total += one.weight;
    figures.loss -= one.weight * std::log(Likelihood(one.quality, thresholds, one.low, one.high));
    figures.marginal_loss -= one.weight * std::log(Likelihood(0.0, marginal, one.low, one.high));
    if (one.low == one.high) {
      ++figures.graded;
      graded += one.weight;
      figures.absolute_error +=
          one.weight * std::abs(ExpectedScore(one.quality, thresholds) - one.low);
      figures.marginal_error += one.weight * std::abs(ExpectedScore(0.0, marginal) - one.low);
    }
    const bool is_good = one.low >= kGood;
    const double chance = GoodChance(one.quality, thresholds);
    figures.base_rate += is_good ? one.weight : 0.0;
    figures.accuracy += (chance >= 0.5) == is_good ? one.weight : 0.0;
    good.push_back(
        {static_cast<float>(chance), is_good ? 1.0F : 0.0F, static_cast<float>(one.weight)});
  }
  figures.loss /= total;
  figures.marginal_loss /= total;
  figures.accuracy /= total;
  figures.base_rate /= total;
  if (graded > 0.0) {
    figures.absolute_error /= graded;
    figures.marginal_error /= graded;
  }
  figures.auc = AreaUnderRoc(good).Value(0.5);
  figures.calibration_error = ExpectedCalibrationError(good, kBins);
  return figures;
}

}  // namespace routellm::training
