#include "training/ordinal_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

namespace routellm::training {
namespace {

constexpr Thresholds kTruth{-1.6, -0.4, 0.5, 1.7};

double Draw(std::mt19937_64& random) { return static_cast<double>(random() >> 11) * 0x1p-53; }

std::uint8_t DrawScore(double quality, const Thresholds& thresholds, std::mt19937_64& random) {
  const double draw = Draw(random);
  std::uint8_t score = 1;
  while (score < 5 && draw < Sigmoid(quality - thresholds[score - 1U])) ++score;
  return score;
}

struct Made {
  Matrix columns;
  std::vector<OrdinalRow> rows;
};

// Quality: 1.2 * ability + 0.8 * column 0 - 0.5 * column 1 + coordinate * 0.6 * column 2. Two
// judges, of which the second, with the same thresholds, only tells scores of at least 4.
Made MakeScores(std::size_t queries, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  Made made{Matrix(4, static_cast<Eigen::Index>(queries)), {}};
  for (std::uint32_t q = 0; q < queries; ++q) {
    for (Eigen::Index c = 0; c < 3; ++c) made.columns(c, q) = normal(random);
    made.columns(3, q) = 1.0;
    for (const double ability : {-1.0, 0.0, 1.0}) {
      OrdinalRow row{.query = q, .judge = q % 2, .ability = ability, .coordinate = ability};
      const double quality = 1.2 * ability + 0.8 * made.columns(0, q) - 0.5 * made.columns(1, q) +
                             ability * 0.6 * made.columns(2, q);
      row.low = row.high = DrawScore(quality, kTruth, random);
      if (row.judge == 1) {
        if (row.low >= 4) {
          row.low = 4;
          row.high = 5;
        } else {
          row.low = 1;
          row.high = 3;
        }
      }
      made.rows.push_back(row);
    }
  }
  return made;
}

OrdinalOptions Free() {
  return {.easiness_penalty = 1.0,
          .discrimination_penalty = 1.0,
          .stratum_penalty = 1.0,
          .slope_penalty = 1.0,
          .threshold_penalty = 1.0};
}

TEST(OrdinalModelTest, FindsTheParametersThatScoresWereDrawnWith) {
  const Made made = MakeScores(4000, 1);
  const OrdinalModel model =
      FitOrdinalModel({made.columns, made.rows, 1, {1, 0}}, {}, Vector::Ones(4), Matrix(), Free());
  EXPECT_NEAR(model.easiness[0], 0.8, 0.06);
  EXPECT_NEAR(model.easiness[1], -0.5, 0.06);
  EXPECT_NEAR(model.easiness[2], 0.0, 0.06);
  EXPECT_NEAR(model.discrimination[2], 0.6, 0.08);
  EXPECT_NEAR(model.discrimination[0], 0.0, 0.08);
  EXPECT_NEAR(model.slope, 1.2, 0.08);
  // A common level may stand in the stratum instead: distances are what is known.
  for (std::size_t k = 1; k < kTruth.size(); ++k) {
    EXPECT_NEAR(model.thresholds[k] - model.thresholds[k - 1], kTruth[k] - kTruth[k - 1], 0.12);
  }
}

TEST(OrdinalModelTest, TheGradientVanishesAtTheResult) {
  // The result of all rows is a maximum: small moves of a weight do not raise the penalised
  // likelihood.
  const Made made = MakeScores(300, 2);
  OrdinalOptions options = Free();
  options.stratum_penalty = 0.0;  // rows then weigh 1
  options.slope_penalty = 1e6;
  options.threshold_penalty = 1e9;
  options.fixed_thresholds_prior = true;
  options.thresholds = kTruth;
  const OrdinalModel model =
      FitOrdinalModel({made.columns, made.rows, 1, {1, 0}}, {}, Vector::Ones(4), Matrix(), options);
  const auto objective = [&](const OrdinalModel& at) {
    double sum = -0.5 * (at.easiness.squaredNorm() + at.discrimination.squaredNorm());
    for (const OrdinalRow& row : made.rows)
      sum += std::log(Likelihood(at.Quality(made.columns, row), kTruth, row.low, row.high));
    return sum;
  };
  const double best = objective(model);
  for (Eigen::Index c = 0; c < 3; ++c) {
    for (const double move : {-0.02, 0.02}) {
      OrdinalModel moved = model;
      moved.easiness[c] += move;
      EXPECT_LT(objective(moved), best);
      moved = model;
      moved.discrimination[c] += move;
      EXPECT_LT(objective(moved), best);
    }
  }
}

TEST(OrdinalModelTest, OnlyKeptQueriesTeach) {
  Made made = MakeScores(600, 3);
  std::vector<char> kept(600, 1);
  for (std::size_t q = 300; q < 600; ++q) kept[q] = 0;
  const auto fit = [&] {
    return FitOrdinalModel({made.columns, made.rows, 1, {1, 0}}, kept, Vector::Ones(4), Matrix(),
                           Free());
  };
  const OrdinalModel before = fit();
  for (OrdinalRow& row : made.rows) {
    if (kept[row.query] == 0) row.low = row.high = 1;
  }
  const OrdinalModel after = fit();
  EXPECT_EQ(before.easiness, after.easiness);
  EXPECT_EQ(before.thresholds, after.thresholds);
}

TEST(OrdinalModelTest, CalibrationFindsSlopeAndThresholds) {
  std::mt19937_64 random(4);
  std::normal_distribution<double> normal;
  std::vector<JudgedQuality> judged;
  for (int i = 0; i < 20000; ++i) {
    JudgedQuality one{.quality = normal(random)};
    one.low = one.high = DrawScore(0.5 * one.quality, kTruth, random);
    judged.push_back(one);
  }
  const OrdinalCalibration fitted = CalibrateOrdinal(judged, true);
  EXPECT_NEAR(fitted.slope, 0.5, 0.04);
  for (std::size_t k = 0; k < kTruth.size(); ++k)
    EXPECT_NEAR(fitted.thresholds[k], kTruth[k], 0.06);
  // Without a slope: the shares of the scores themselves.
  const OrdinalCalibration marginal = CalibrateOrdinal(judged, false);
  double good = 0.0;
  for (const JudgedQuality& one : judged) good += one.low >= 4 ? 1.0 / 20000.0 : 0.0;
  EXPECT_EQ(marginal.slope, 0.0);
  EXPECT_NEAR(GoodChance(0.0, marginal.thresholds), good, 1e-4);
}

TEST(OrdinalScoresTest, LikelihoodsOfAllScoresAddUp) {
  double sum = 0.0;
  double mean = 0.0;
  for (std::uint8_t score = 1; score <= 5; ++score) {
    sum += Likelihood(0.3, kTruth, score, score);
    mean += score * Likelihood(0.3, kTruth, score, score);
  }
  EXPECT_NEAR(sum, 1.0, 1e-12);
  EXPECT_NEAR(ExpectedScore(0.3, kTruth), mean, 1e-12);
  EXPECT_NEAR(Likelihood(0.3, kTruth, 4, 5), GoodChance(0.3, kTruth), 1e-12);
  EXPECT_NEAR(Likelihood(0.3, kTruth, 1, 3), 1.0 - GoodChance(0.3, kTruth), 1e-12);
}

}  // namespace
}  // namespace routellm::training
