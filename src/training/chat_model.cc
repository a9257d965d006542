#include "training/chat_model.h"

#include <algorithm>
#include <cmath>

#include "routing/prompt_columns.h"

namespace routellm::training {
namespace {

using routing::kBaseColumns;

// Chosen by leaving sources out and by folds (models/mf.md).
constexpr double kIsChatPenalty = 20.0;
constexpr double kPreferencePenalty = 1000.0;
constexpr double kPreferenceInvariance = 22000.0;
constexpr double kStrengthPenalty = 1.0;
constexpr double kConstantPenalty = 0.01;
constexpr double kMaxStrengthDifference = 2.0;

// 1 if the vote was drawn for model a's result, -1 for model b's, by model.
void AddSampledFor(const data::Battle& battle, Eigen::Index first, Vector& row) {
  if (battle.sampled_for_a) row[first + battle.model_a] += 1.0;
  if (battle.sampled_for_b) row[first + battle.model_b] -= 1.0;
}

}  // namespace

std::vector<double> FitVoteStrengths(const data::Dataset& dataset) {
  const auto models = static_cast<Eigen::Index>(dataset.models.size());
  Vector strengths = Vector::Zero(2 * models);  // and the constants of drawn votes
  Vector row(2 * models);
  for (int iteration = 0; iteration < 8; ++iteration) {
    Matrix h = Matrix::Zero(2 * models, 2 * models);
    h.diagonal().setConstant(kStrengthPenalty);
    Vector g = -kStrengthPenalty * strengths;
    for (const data::Battle& battle : dataset.battles) {
      row.setZero();
      row[battle.model_a] += 1.0;
      row[battle.model_b] -= 1.0;
      AddSampledFor(battle, models, row);
      const double p = Sigmoid(row.dot(strengths));
      // At most four entries of the row are not 0.
      Eigen::Index at[4];
      int count = 0;
      for (const Eigen::Index i : {Eigen::Index{battle.model_a}, Eigen::Index{battle.model_b},
                                   models + battle.model_a, models + battle.model_b}) {
        if (row[i] != 0.0) at[count++] = i;
      }
      for (int i = 0; i < count; ++i) {
        g[at[i]] += battle.weight * row[at[i]] * (battle.a_wins - p);
        for (int j = 0; j < count; ++j)
          h(at[i], at[j]) += battle.weight * p * (1.0 - p) * row[at[i]] * row[at[j]];
      }
    }
    strengths += Solve(h, g);
  }
  return {strengths.begin(), strengths.begin() + models};
}

Vector FitIsChat(const Matrix& columns, std::span<const char> is_chat, std::span<const char> kept,
                 std::span<const double> weights, const Vector& relative_penalties) {
  constexpr Eigen::Index kSize = kBaseColumns + 1;
  std::vector<Eigen::Index> queries;
  for (std::size_t q = 0; q < kept.size(); ++q) {
    if (kept[q] != 0) queries.push_back(static_cast<Eigen::Index>(q));
  }
  const auto n = static_cast<Eigen::Index>(queries.size());
  Matrix x(kSize, n);
  Vector target(n);
  Vector weight(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const Eigen::Index q = queries[static_cast<std::size_t>(i)];
    x.col(i).head(kBaseColumns) = columns.col(q).head(kBaseColumns);
    x(kBaseColumns, i) = 1.0;
    target[i] = is_chat[static_cast<std::size_t>(q)] != 0 ? 1.0 : 0.0;
    weight[i] = weights[static_cast<std::size_t>(q)];
  }
  Vector penalties(kSize);
  penalties << kIsChatPenalty * relative_penalties.head(kBaseColumns), kConstantPenalty;
  Vector solution = Vector::Zero(kSize);
  for (int iteration = 0; iteration < 6; ++iteration) {
    const Vector p = (x.transpose() * solution).unaryExpr(&Sigmoid);
    const Eigen::ArrayXd curvature = weight.array() * (p.array() * (1.0 - p.array())).max(0.02);
    Matrix h = (x.array().rowwise() * curvature.transpose()).matrix() * x.transpose();
    h.diagonal() += penalties;
    const Vector g = x * (weight.array() * (target - p).array()).matrix() -
                     (penalties.array() * solution.array()).matrix();
    solution += Solve(h, g);
  }
  return solution;
}

Vector FitPreference(const data::Dataset& dataset, std::span<const double> vote_strengths,
                     const Matrix& columns, std::span<const char> kept,
                     const Vector& relative_penalties, const Matrix& invariance) {
  const auto models = static_cast<Eigen::Index>(dataset.models.size());
  constexpr Eigen::Index kBase = kBaseColumns;
  const Eigen::Index size = kBase + 1 + models;  // and a factor, and the constants of drawn votes
  Matrix h = Matrix::Zero(size, size);
  Vector g = Vector::Zero(size);
  Vector row(size);
  for (const data::Battle& battle : dataset.battles) {
    if (kept[battle.query] == 0) continue;
    const double difference =
        std::clamp(vote_strengths[battle.model_a] - vote_strengths[battle.model_b],
                   -kMaxStrengthDifference, kMaxStrengthDifference);
    row.setZero();
    row.head(kBase) = difference * columns.col(battle.query).head(kBase);
    row[kBase] = difference;
    AddSampledFor(battle, kBase + 1, row);
    const double p = Sigmoid(difference);
    h.selfadjointView<Eigen::Lower>().rankUpdate(row, battle.weight * p * (1.0 - p));
    g += battle.weight * (battle.a_wins - p) * row;
  }
  h = Matrix(h.selfadjointView<Eigen::Lower>());
  h.topLeftCorner(kBase, kBase) += kPreferenceInvariance * invariance.topLeftCorner(kBase, kBase);
  h.diagonal().head(kBase) += kPreferencePenalty * relative_penalties.head(kBase);
  h.diagonal()[kBase] += kConstantPenalty;
  h.diagonal().tail(models).array() += 1.0;
  return Solve(h, g).head(kBase);
}

}  // namespace routellm::training
