#include "training/ordinal_model.h"

#include <algorithm>
#include <cmath>

namespace routellm::training {
namespace {

constexpr int kIterations = 12;
constexpr double kStratumWeight = 50.0;
constexpr double kConstantPenalty = 1e9;  // constants are the thresholds' business
constexpr double kLeastProbability = 1e-9;
constexpr double kLeastGap = 0.05;  // between two thresholds
constexpr std::size_t kGoodThreshold = 2;

// The derivatives of the log-likelihood log(A - B) of one answer, A = sigmoid(quality - lower) and
// B = sigmoid(quality - upper); thresholds beyond the scale are infinite.
struct Derivatives {
  double gradient = 0.0;                                           // in the quality
  double curvature = 0.0;                                          // its negative second derivative
  double lower = 0.0, upper = 0.0;                                 // gradients in both thresholds
  double lower_lower = 0.0, upper_upper = 0.0, lower_upper = 0.0;  // negative second derivatives
};

Derivatives Differentiate(double quality, const Thresholds& thresholds, std::uint8_t low,
                          std::uint8_t high) {
  const double a = low > 1 ? Sigmoid(quality - thresholds[low - 2U]) : 1.0;
  const double b = high < 5 ? Sigmoid(quality - thresholds[high - 1U]) : 0.0;
  const double p = std::max(a - b, kLeastProbability);
  const double slope_a = a * (1.0 - a);
  const double slope_b = b * (1.0 - b);
  return {.gradient = 1.0 - a - b,
          .curvature = slope_a + slope_b,
          .lower = -slope_a / p,
          .upper = slope_b / p,
          .lower_lower = slope_a * slope_a / (p * p) - slope_a * (1.0 - 2.0 * a) / p,
          .upper_upper = slope_b * slope_b / (p * p) + slope_b * (1.0 - 2.0 * b) / p,
          .lower_upper = -slope_a * slope_b / (p * p)};
}

// A Newton step for one set of thresholds, shortened so that they stay in order.
class ThresholdStep {
 public:
  void Add(const Derivatives& d, std::uint8_t low, std::uint8_t high, double weight) {
    if (low > 1) {
      gradient_[low - 2] += weight * d.lower;
      hessian_(low - 2, low - 2) += weight * d.lower_lower;
    }
    if (high < 5) {
      gradient_[high - 1] += weight * d.upper;
      hessian_(high - 1, high - 1) += weight * d.upper_upper;
    }
    if (low > 1 && high < 5) {
      hessian_(low - 2, high - 1) += weight * d.lower_upper;
      hessian_(high - 1, low - 2) += weight * d.lower_upper;
    }
  }

  // The same for a judge that tells scores of at least 4 from the others alone: all of its
  // thresholds move together.
  void Shift(Thresholds& thresholds, const Thresholds& prior, double penalty) const {
    constexpr auto kAt = static_cast<Eigen::Index>(kGoodThreshold);
    const double gradient =
        gradient_[kAt] - penalty * (thresholds[kGoodThreshold] - prior[kGoodThreshold]);
    const double step = gradient / (hessian_(kAt, kAt) + penalty + 1e-6);
    for (double& threshold : thresholds) threshold += std::clamp(step, -2.0, 2.0);
  }

  void Apply(Thresholds& thresholds, const Thresholds& prior, double penalty) {
    for (Eigen::Index k = 0; k < 4; ++k) {
      const auto at = static_cast<std::size_t>(k);
      gradient_[k] -= penalty * (thresholds[at] - prior[at]);
      hessian_(k, k) += penalty + 1e-6;
    }
    const Eigen::Vector4d step = hessian_.ldlt().solve(gradient_);
    double length = std::min(1.0, 2.0 / std::max(1e-12, step.cwiseAbs().maxCoeff()));
    for (; length > 1e-6; length /= 2.0) {
      Thresholds moved = thresholds;
      bool ordered = true;
      for (std::size_t k = 0; k < moved.size(); ++k) {
        moved[k] += length * step[static_cast<Eigen::Index>(k)];
        ordered = ordered && (k == 0 || moved[k] > moved[k - 1] + kLeastGap);
      }
      if (!ordered) continue;
      thresholds = moved;
      return;
    }
  }

 private:
  Eigen::Vector4d gradient_ = Eigen::Vector4d::Zero();
  Eigen::Matrix4d hessian_ = Eigen::Matrix4d::Zero();
};

struct Moments {
  double h0 = 0.0, h1 = 0.0, h2 = 0.0, g0 = 0.0, g1 = 0.0;
};

// The fit in progress.
class Fit {
 public:
  Fit(const OrdinalData& data, std::span<const char> kept, const OrdinalOptions& options)
      : data_(data), options_(options), thresholds_(options.thresholds) {
    for (const OrdinalRow& row : data.rows) {
      if (kept.empty() || kept[row.query] != 0) rows_.push_back(&row);
    }
    WeighRows();
    levels_.resize(data.strata);
    by_judge_.assign(data.grades.size(), options.thresholds);
    weights_ = Vector::Zero(2 * data.columns.rows());
    qualities_ = Matrix::Zero(2, data.columns.cols());
  }

  void Improve(const Vector& penalties, const Matrix& invariance) {
    ImproveFunctions(penalties, invariance);
    ImproveThresholds();
  }

  [[nodiscard]] OrdinalModel Result() const {
    const Eigen::Index d = data_.columns.rows();
    OrdinalModel model{weights_.head(d), weights_.tail(d), slope_, thresholds_};
    model.easiness[d - 1] = model.discrimination[d - 1] = 0.0;
    return model;
  }

 private:
  // A stratum counts by the square root of its queries.
  void WeighRows() {
    std::vector<double> sums(data_.strata);
    std::vector<double> queries(data_.strata);
    std::vector<char> seen(static_cast<std::size_t>(data_.columns.cols()));
    for (const OrdinalRow* row : rows_) {
      sums[row->stratum] += row->weight;
      if (seen[row->query] == 0) queries[row->stratum] += 1.0;
      seen[row->query] = 1;
    }
    for (const OrdinalRow* row : rows_) {
      const double factor =
          options_.stratum_penalty > 0.0
              ? kStratumWeight * std::sqrt(queries[row->stratum]) / sums[row->stratum]
              : 1.0;
      row_weights_.push_back(row->weight * factor);
    }
  }

  [[nodiscard]] double Quality(const OrdinalRow& row) const {
    const auto at = static_cast<Eigen::Index>(row.query);
    return slope_ * row.ability + levels_[row.stratum] + qualities_(0, at) +
           row.coordinate * qualities_(1, at);
  }

  void ImproveFunctions(const Vector& penalties, const Matrix& invariance) {
    const Eigen::Index d = data_.columns.rows();
    std::vector<Moments> moments(static_cast<std::size_t>(data_.columns.cols()));
    std::vector<std::vector<std::uint32_t>> queries(data_.strata);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const OrdinalRow& row = *rows_[i];
      const Derivatives at = Differentiate(Quality(row), by_judge_[row.judge], row.low, row.high);
      const double h = row_weights_[i] * std::max(at.curvature, 1e-3);
      const double g = row_weights_[i] * at.gradient;
      Moments& m = moments[row.query];
      if (m.h0 == 0.0) queries[row.stratum].push_back(row.query);
      m.h0 += h;
      m.h1 += h * row.coordinate;
      m.h2 += h * row.coordinate * row.coordinate;
      m.g0 += g;
      m.g1 += g * row.coordinate;
    }
    Matrix hessian = Matrix::Zero(2 * d, 2 * d);
    Vector gradient = -(penalties.array() * weights_.array()).matrix();
    if (invariance.size() > 0) {
      hessian.topLeftCorner(d, d) += invariance;
      hessian.bottomRightCorner(d, d) += invariance;
      gradient.head(d) -= invariance * weights_.head(d);
      gradient.tail(d) -= invariance * weights_.tail(d);
    }
    hessian.diagonal() += penalties;
    struct Level {
      Vector cross;
      double curvature = 0.0, gradient = 0.0;
    };
    std::vector<Level> eliminated(data_.strata);
    for (std::size_t s = 0; s < data_.strata; ++s) {
      if (queries[s].empty()) continue;
      Accumulate(queries[s], moments, hessian, gradient, eliminated[s].cross);
      Level& level = eliminated[s];
      level.curvature = options_.stratum_penalty;
      level.gradient = -options_.stratum_penalty * levels_[s];
      for (const std::uint32_t query : queries[s]) {
        level.curvature += moments[query].h0;
        level.gradient += moments[query].g0;
      }
      if (options_.stratum_penalty <= 0.0) continue;
      hessian -= level.cross * level.cross.transpose() / level.curvature;
      gradient -= level.cross * (level.gradient / level.curvature);
    }
    const Vector step = Solve(hessian, gradient);
    weights_ += step;
    for (std::size_t s = 0; s < data_.strata; ++s) {
      const Level& level = eliminated[s];
      if (queries[s].empty() || options_.stratum_penalty <= 0.0) continue;
      levels_[s] += (level.gradient - level.cross.dot(step)) / level.curvature;
    }
    qualities_.row(0) = weights_.head(d).transpose() * data_.columns;
    qualities_.row(1) = weights_.tail(d).transpose() * data_.columns;
  }

  // Adds one stratum's normal equations; `cross`: of the functions and the stratum's level.
  void Accumulate(const std::vector<std::uint32_t>& queries, const std::vector<Moments>& moments,
                  Matrix& hessian, Vector& gradient, Vector& cross) const {
    const Eigen::Index d = data_.columns.rows();
    const auto n = static_cast<Eigen::Index>(queries.size());
    Matrix x(d, n);
    Eigen::ArrayXd h0(n), h1(n), h2(n);
    Vector g0(n), g1(n);
    for (Eigen::Index i = 0; i < n; ++i) {
      const std::uint32_t query = queries[static_cast<std::size_t>(i)];
      const Moments& m = moments[query];
      x.col(i) = data_.columns.col(query);
      h0[i] = m.h0;
      h1[i] = m.h1;
      h2[i] = m.h2;
      g0[i] = m.g0;
      g1[i] = m.g1;
    }
    const Matrix transposed = x.transpose();
    const auto product = [&](const Eigen::ArrayXd& weights) -> Matrix {
      return (x.array().rowwise() * weights.transpose()).matrix() * transposed;
    };
    hessian.topLeftCorner(d, d) += product(h0);
    if ((h2 > 0.0).any()) {
      const Matrix mixed = product(h1);
      hessian.topRightCorner(d, d) += mixed;
      hessian.bottomLeftCorner(d, d) += mixed;
      hessian.bottomRightCorner(d, d) += product(h2);
    }
    gradient.head(d) += x * g0;
    gradient.tail(d) += x * g1;
    cross.resize(2 * d);
    cross << x * h0.matrix(), x * h1.matrix();
  }

  void ImproveThresholds() {
    std::vector<ThresholdStep> steps(by_judge_.size());
    std::vector<double> sums(by_judge_.size());
    double slope_gradient = -options_.slope_penalty * (slope_ - 1.0);
    double slope_curvature = options_.slope_penalty;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const OrdinalRow& row = *rows_[i];
      const Derivatives at = Differentiate(Quality(row), by_judge_[row.judge], row.low, row.high);
      steps[row.judge].Add(at, row.low, row.high, row_weights_[i]);
      sums[row.judge] += row_weights_[i];
      slope_gradient += row_weights_[i] * at.gradient * row.ability;
      slope_curvature += row_weights_[i] * at.curvature * row.ability * row.ability;
    }
    const Thresholds prior = options_.fixed_thresholds_prior ? options_.thresholds : thresholds_;
    for (std::size_t j = 0; j < by_judge_.size(); ++j) {
      if (sums[j] <= 0.0) continue;
      if (data_.grades[j] != 0) {
        steps[j].Apply(by_judge_[j], prior, options_.threshold_penalty);
      } else {
        steps[j].Shift(by_judge_[j], prior, options_.threshold_penalty);
      }
    }
    slope_ += std::clamp(slope_gradient / slope_curvature, -0.5, 0.5);
    AverageThresholds(sums);
  }

  // Of the good scores' threshold over all judges, of the distances to it over those that grade.
  void AverageThresholds(const std::vector<double>& sums) {
    Thresholds total{};
    Thresholds weight{};
    for (std::size_t j = 0; j < by_judge_.size(); ++j) {
      if (sums[j] <= 0.0) continue;
      for (std::size_t k = 0; k < total.size(); ++k) {
        if (k != kGoodThreshold && data_.grades[j] == 0) continue;
        const double base = k == kGoodThreshold ? 0.0 : by_judge_[j][kGoodThreshold];
        total[k] += std::sqrt(sums[j]) * (by_judge_[j][k] - base);
        weight[k] += std::sqrt(sums[j]);
      }
    }
    if (weight[kGoodThreshold] <= 0.0) return;
    const Thresholds before = thresholds_;
    thresholds_[kGoodThreshold] = total[kGoodThreshold] / weight[kGoodThreshold];
    for (std::size_t k = 0; k < total.size(); ++k) {
      if (k == kGoodThreshold) continue;
      const double distance =
          weight[k] > 0.0 ? total[k] / weight[k] : before[k] - before[kGoodThreshold];
      thresholds_[k] = thresholds_[kGoodThreshold] + distance;
    }
  }

  const OrdinalData& data_;
  const OrdinalOptions& options_;
  std::vector<const OrdinalRow*> rows_;
  std::vector<double> row_weights_;
  Vector weights_;
  Matrix qualities_;  // of each query: both functions
  std::vector<double> levels_;
  std::vector<Thresholds> by_judge_;
  Thresholds thresholds_;
  double slope_ = 1.0;
};

}  // namespace

double OrdinalModel::Quality(const Matrix& columns, const OrdinalRow& row) const {
  const auto column = columns.col(static_cast<Eigen::Index>(row.query));
  return slope * row.ability + easiness.dot(column) + row.coordinate * discrimination.dot(column);
}

OrdinalModel FitOrdinalModel(const OrdinalData& data, std::span<const char> kept,
                             const Vector& relative_penalties, const Matrix& invariance,
                             const OrdinalOptions& options) {
  const Eigen::Index d = data.columns.rows();
  Vector penalties(2 * d);
  penalties << options.easiness_penalty * relative_penalties,
      options.discrimination_penalty * relative_penalties;
  penalties[d - 1] = penalties[2 * d - 1] = kConstantPenalty;
  Fit fit(data, kept, options);
  for (int iteration = 0; iteration < kIterations; ++iteration) fit.Improve(penalties, invariance);
  return fit.Result();
}

OrdinalCalibration CalibrateOrdinal(std::span<const JudgedQuality> judged, bool with_slope) {
  OrdinalCalibration fitted{.slope = with_slope ? 1.0 : 0.0, .thresholds = {-2.0, -0.7, 0.0, 1.5}};
  const Thresholds prior = fitted.thresholds;
  for (int iteration = 0; iteration < 60; ++iteration) {
    ThresholdStep step;
    double gradient = 0.0;
    double curvature = 1e-9;
    for (const JudgedQuality& one : judged) {
      const Derivatives at =
          Differentiate(fitted.slope * one.quality, fitted.thresholds, one.low, one.high);
      step.Add(at, one.low, one.high, one.weight);
      gradient += one.weight * at.gradient * one.quality;
      curvature += one.weight * at.curvature * one.quality * one.quality;
    }
    step.Apply(fitted.thresholds, prior, 1e-3);
    if (with_slope) fitted.slope += std::clamp(gradient / curvature, -0.3, 0.3);
    fitted.slope = with_slope ? std::max(fitted.slope, 0.01) : 0.0;
  }
  return fitted;
}

}  // namespace routellm::training
