#include "training/response_model.h"

#include <algorithm>
#include <cmath>

namespace routellm::training {
namespace {

// Of one query, summed over its rows: weights h, h a and h a^2, and responses h r and h a r, where
// h is the curvature, a the coordinate of the row's ability and r its working response.
struct Moments {
  double h0 = 0.0, h1 = 0.0, h2 = 0.0, r0 = 0.0, r1 = 0.0;
};

// The normal equations of one stratum: two blocks of columns + 1 for the two functions.
struct NormalEquations {
  Matrix h;
  Vector g;
};

NormalEquations Accumulate(const Matrix& columns, const std::vector<std::uint32_t>& queries,
                           const std::vector<Moments>& moments) {
  const Eigen::Index d = columns.rows();
  const auto n = static_cast<Eigen::Index>(queries.size());
  Matrix x(d, n);
  Eigen::ArrayXd h0(n), h1(n), h2(n);
  Vector r0(n), r1(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const std::uint32_t query = queries[static_cast<std::size_t>(i)];
    const Moments& m = moments[query];
    x.col(i) = columns.col(query);
    h0[i] = m.h0;
    h1[i] = m.h1;
    h2[i] = m.h2;
    r0[i] = m.r0;
    r1[i] = m.r1;
  }
  NormalEquations equations{Matrix(2 * d, 2 * d), Vector(2 * d)};
  const Matrix transposed = x.transpose();
  const auto product = [&](const Eigen::ArrayXd& weights) -> Matrix {
    return (x.array().rowwise() * weights.transpose()).matrix() * transposed;
  };
  equations.h.topLeftCorner(d, d) = product(h0);
  equations.h.topRightCorner(d, d) = product(h1);
  equations.h.bottomLeftCorner(d, d) = equations.h.topRightCorner(d, d);
  equations.h.bottomRightCorner(d, d) = product(h2);
  equations.g.head(d) = x * r0;
  equations.g.tail(d) = x * r1;
  return equations;
}

// Takes the stratum's own levels of both functions out: the Schur complement.
void EliminateLevels(NormalEquations& equations) {
  const Eigen::Index d = equations.g.size() / 2;
  const Eigen::Index levels[] = {d - 1, 2 * d - 1};
  Matrix cross(2 * d, 2);
  Matrix inner(2, 2);
  Vector right(2);
  for (Eigen::Index i = 0; i < 2; ++i) {
    cross.col(i) = equations.h.col(levels[i]);
    right[i] = equations.g[levels[i]];
    for (Eigen::Index j = 0; j < 2; ++j) inner(i, j) = equations.h(levels[i], levels[j]);
  }
  inner(0, 0) += ResponsePenalties::kStratumEasiness;
  inner(1, 1) += ResponsePenalties::kStratumDiscrimination;
  const Matrix gain = cross * inner.inverse();
  equations.h -= gain * cross.transpose();
  equations.g -= gain * right;
}

}  // namespace

std::vector<double> FitLevels(const ResponseData& data) {
  std::vector<double> levels(data.strata.count);
  for (int iteration = 0; iteration < 8; ++iteration) {
    std::vector<double> gradient(levels.size());
    std::vector<double> curvature(levels.size());
    for (const ResponseRow& row : data.rows) {
      const std::uint32_t stratum = data.strata.of_query[row.query];
      const double p = Sigmoid(row.ability + levels[stratum]);
      gradient[stratum] += RowWeight(row) * (row.score - p);
      curvature[stratum] += RowWeight(row) * p * (1.0 - p);
    }
    for (std::size_t s = 0; s < levels.size(); ++s)
      levels[s] += gradient[s] / std::max(curvature[s], 1e-3);
  }
  return levels;
}

ResponseModel FitResponseModel(const ResponseData& data, std::span<const char> kept,
                               const Vector& relative_penalties, const Matrix& invariance) {
  const std::vector<double> levels = FitLevels(data);
  std::vector<Moments> moments(kept.size());
  std::vector<std::vector<std::uint32_t>> queries(data.strata.count);
  for (const ResponseRow& row : data.rows) {
    if (kept[row.query] == 0) continue;
    const std::uint32_t stratum = data.strata.of_query[row.query];
    const double p = Sigmoid(row.ability + levels[stratum]);
    const double variance = std::max(p * (1.0 - p), kMinVariance);
    const double h = RowWeight(row) * variance;
    const double a = data.scale.Coordinate(row.ability);
    const double r = levels[stratum] + (row.score - p) / variance;
    Moments& m = moments[row.query];
    if (m.h0 == 0.0) queries[stratum].push_back(row.query);
    m.h0 += h;
    m.h1 += h * a;
    m.h2 += h * a * a;
    m.r0 += h * r;
    m.r1 += h * a * r;
  }

  const Eigen::Index d = data.columns.rows();
  NormalEquations all{Matrix::Zero(2 * d, 2 * d), Vector::Zero(2 * d)};
  for (const auto& stratum : queries) {
    if (stratum.empty()) continue;
    NormalEquations equations = Accumulate(data.columns, stratum, moments);
    const double weight =
        kStratumWeight * std::sqrt(static_cast<double>(stratum.size())) / equations.h(d - 1, d - 1);
    equations.h *= weight;
    equations.g *= weight;
    EliminateLevels(equations);
    all.h += equations.h;
    all.g += equations.g;
  }
  all.h.topLeftCorner(d, d) += ResponsePenalties::kInvariance * invariance;
  all.h.bottomRightCorner(d, d) += ResponsePenalties::kInvariance * invariance;
  Vector penalties(2 * d);
  penalties << ResponsePenalties::kEasiness * relative_penalties,
      ResponsePenalties::kDiscrimination * relative_penalties;
  penalties[d - 1] = penalties[2 * d - 1] = ResponsePenalties::kConstant;
  all.h.diagonal() += penalties;
  const Vector solution = Solve(all.h, all.g);
  return {solution.head(d), solution.tail(d)};
}

}  // namespace routellm::training
