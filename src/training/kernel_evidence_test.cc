#include "training/kernel_evidence.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "training/random.h"

namespace routellm::training {
namespace {

constexpr Eigen::Index kRows = 120;

Matrix RandomMatrix(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
  Random random({seed});
  Matrix matrix(rows, columns);
  // Sums of twelve are nearly normal.
  for (Eigen::Index i = 0; i < matrix.size(); ++i) {
    double sum = -6.0;
    for (int k = 0; k < 12; ++k) sum += double{random.Uniform()};
    matrix.data()[i] = sum;
  }
  return matrix;
}

struct Draw {
  KernelMatrices kernels;
  Vector signal;  // of the columns kernel
  Vector prior;
  Vector noise;
};

Draw MakeDraw(std::uint64_t seed) {
  const Matrix columns = RandomMatrix(kRows, 8, seed) / std::sqrt(8.0);
  const Matrix words = RandomMatrix(kRows, 60, seed + 1) / std::sqrt(60.0);
  const Matrix topics = RandomMatrix(kRows, 4, seed + 2) / std::sqrt(4.0);
  const Matrix difficulty = RandomMatrix(kRows, 2, seed + 6) / std::sqrt(2.0);
  return {{difficulty * difficulty.transpose(), columns * columns.transpose(),
           words * words.transpose(), topics * topics.transpose()},
          columns * RandomMatrix(8, 1, seed + 3),
          RandomMatrix(kRows, 1, seed + 4),
          RandomMatrix(kRows, 1, seed + 5)};
}

struct Mean {
  double prior_share = 0.0;
  double learnt = 0.0;   // weight of candidates that learn
  double columns = 0.0;  // mean share of the columns kernel
};

Mean MeanOf(const std::vector<KernelModel>& models) {
  Mean mean;
  double weights = 0.0;
  for (const KernelModel& model : models) {
    weights += model.weight;
    mean.prior_share += model.weight * model.prior_share;
    if (std::isinf(model.noise)) continue;
    mean.learnt += model.weight;
    mean.columns += model.weight * model.mix.columns;
  }
  EXPECT_NEAR(weights, 1.0, 1e-9);
  return mean;
}

TEST(WeighKernelModelsTest, FindsTheKernelThatTheLabelsFollow) {
  const Draw draw = MakeDraw(10);
  const Mean mean =
      MeanOf(WeighKernelModels(draw.kernels, draw.signal + 0.7 * draw.noise, draw.prior));
  EXPECT_GT(mean.learnt, 0.99);
  EXPECT_GT(mean.columns, 0.5);
  EXPECT_LT(mean.prior_share, 0.2);
}

TEST(WeighKernelModelsTest, KeepsAPriorThatIsRight) {
  const Draw draw = MakeDraw(20);
  const Mean mean = MeanOf(WeighKernelModels(draw.kernels, draw.prior + draw.noise, draw.prior));
  EXPECT_GT(mean.prior_share, 0.8);
}

TEST(WeighKernelModelsTest, NoiseTeachesNothing) {
  const Draw draw = MakeDraw(30);
  double learning = 0.0;  // weight of what would follow the labels
  for (const KernelModel& model : WeighKernelModels(draw.kernels, draw.noise, draw.prior)) {
    if (model.weight >= 0.02) {
      EXPECT_GE(model.noise, 10.0);
    }
    if (model.noise < 10.0) learning += model.weight;
  }
  EXPECT_LT(learning, 0.1);
}

TEST(WeighKernelModelsTest, AveragesOverManyThatAreAboutAsGood) {
  const Draw draw = MakeDraw(50);
  const auto models = WeighKernelModels(draw.kernels, draw.signal + 3.0 * draw.noise, draw.prior);
  EXPECT_GT(models.size(), 40U);
  for (const KernelModel& model : models) EXPECT_GE(model.weight, 0.02 * models.front().weight);
}

TEST(WeighKernelModelsTest, SharesAreThoseOfTheMarginalLikelihood) {
  const Draw draw = MakeDraw(40);
  const Vector y = draw.signal + draw.prior + draw.noise;
  const auto models = WeighKernelModels(draw.kernels, y, draw.prior);
  ASSERT_GE(models.size(), 2U);
  const auto evidence = [&](const KernelModel& model) {
    const Eigen::SelfAdjointEigenSolver<Matrix> eigen(draw.kernels.Mixed(model.mix));
    Vector left = y - model.prior_share * draw.prior;
    left.array() -= left.mean();
    const Vector spread = eigen.eigenvalues().array() + model.noise;
    const Vector rotated = eigen.eigenvectors().transpose() * left;
    const double squares = (rotated.array().square() / spread.array()).sum();
    return -0.5 * double{kRows} * std::log(squares / double{kRows}) -
           0.5 * spread.array().log().sum();
  };
  for (const KernelModel& model : models) {
    if (std::isinf(model.noise) || std::isinf(models.front().noise)) continue;
    Vector left = y - model.prior_share * draw.prior;
    left.array() -= left.mean();
    EXPECT_NEAR((draw.kernels.Mixed(model.mix) * model.coefficients +
                 model.noise * model.coefficients - left)
                    .norm(),
                0.0, 1e-3);
    EXPECT_NEAR(std::log(model.weight / models.front().weight),
                evidence(model) - evidence(models.front()), 0.01);
  }
}

TEST(MergedByNoiseTest, TakesTheMeanOfThoseOfOneNoise) {
  const double nothing = std::numeric_limits<double>::infinity();
  const auto merged = MergedByNoise({{{.columns = 1.0}, 3.0, 0.5, 0.1},
                                     {{}, nothing, 1.0, 0.2},
                                     {{.words = 1.0}, 3.0, 1.0, 0.3},
                                     {{.topics = 1.0}, 10.0, 0.0, 0.4}});
  ASSERT_EQ(merged.size(), 3U);
  EXPECT_EQ(merged[0].noise, 3.0);
  EXPECT_NEAR(merged[0].weight, 0.4, 1e-12);
  EXPECT_NEAR(merged[0].prior_share, 0.875, 1e-12);
  EXPECT_NEAR(merged[0].mix.columns, 0.25, 1e-12);
  EXPECT_NEAR(merged[0].mix.words, 0.75, 1e-12);
  EXPECT_EQ(merged[1].mix.topics, 1.0);
  EXPECT_NEAR(merged[1].weight, 0.4, 1e-12);
  EXPECT_EQ(merged[2].noise, nothing);
  EXPECT_EQ(merged[2].prior_share, 1.0);
}

}  // namespace
}  // namespace routellm::training
