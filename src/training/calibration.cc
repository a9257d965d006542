#include "training/calibration.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace routellm::training {
namespace {

double Sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

}  // namespace

Calibration FitCalibration(const std::vector<Judged>& logits) {
  constexpr double kPriorPrecision = 1.0 / (0.5 * 0.5);
  constexpr double kLeastSlope = 0.01;
  constexpr double kLargestStep =
      1.0;  // keeps Newton's method from jumping where the likelihood is flat
  Calibration fit;
  if (logits.empty()) return fit;
  for (int iteration = 0; iteration < 100; ++iteration) {
    double slope_gradient = kPriorPrecision * (fit.slope - 1.0);
    double offset_gradient = 0.0;
    double slope_curvature = kPriorPrecision;
    double offset_curvature = 1e-9;
    double mixed_curvature = 0.0;
    for (const Judged& item : logits) {
      const double x = item.score;
      const double p = Sigmoid(fit.slope * x + fit.offset);
      const double error = item.weight * (p - item.preference);
      const double curvature = item.weight * p * (1.0 - p);
      slope_gradient += error * x;
      offset_gradient += error;
      slope_curvature += curvature * x * x;
      mixed_curvature += curvature * x;
      offset_curvature += curvature;
    }
    const double determinant =
        slope_curvature * offset_curvature - mixed_curvature * mixed_curvature;
    const double slope_step =
        (offset_curvature * slope_gradient - mixed_curvature * offset_gradient) / determinant;
    const double offset_step =
        (slope_curvature * offset_gradient - mixed_curvature * slope_gradient) / determinant;
    const double before = fit.slope;
    fit.slope =
        std::max(kLeastSlope, fit.slope - std::clamp(slope_step, -kLargestStep, kLargestStep));
    const double offset_change = std::clamp(offset_step, -kLargestStep, kLargestStep);
    fit.offset -= offset_change;
    if (std::abs(fit.slope - before) + std::abs(offset_change) < 1e-9) break;
  }
  return fit;
}

std::vector<Judged> Calibrated(std::vector<Judged> logits, const Calibration& calibration) {
  for (Judged& item : logits) {
    item.score = static_cast<float>(Sigmoid(calibration.slope * item.score + calibration.offset));
  }
  return logits;
}

double CrossFittedCalibrationError(const std::vector<Judged>& logits, std::size_t bins) {
  std::array<std::vector<Judged>, 2> halves;
  for (std::size_t i = 0; i < logits.size(); ++i) halves[i % 2].push_back(logits[i]);
  std::vector<Judged> win_rates;
  for (std::size_t half = 0; half < 2; ++half) {
    const auto calibrated = Calibrated(halves[half], FitCalibration(halves[1 - half]));
    win_rates.insert(win_rates.end(), calibrated.begin(), calibrated.end());
  }
  return ExpectedCalibrationError(std::move(win_rates), bins);
}

}  // namespace routellm::training
