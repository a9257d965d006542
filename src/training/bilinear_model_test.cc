#include "training/bilinear_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

namespace routellm::training {
namespace {

std::vector<float> RandomValues(std::mt19937_64& random, std::size_t size, float deviation) {
  std::normal_distribution<float> normal(0.0F, deviation);
  std::vector<float> values(size);
  for (float& value : values) value = normal(random);
  return values;
}

class BilinearModelTest : public testing::Test {
 protected:
  static constexpr std::size_t kColumns = 5;
  static constexpr std::size_t kFactors = 3;
  static constexpr std::size_t kModels = 4;
  static constexpr double kNoise = 0.7;
  static constexpr double kWeight = 40.0;

  BilinearModelTest() {
    std::mt19937_64 random(1);
    vectors_ = {6, kColumns, RandomValues(random, 6 * kColumns, 1.0F)};
    model_ = {.columns = kColumns,
              .factors = kFactors,
              .models = kModels,
              .projection = RandomValues(random, kColumns * kFactors, 0.4F),
              .bias = RandomValues(random, kFactors, 0.4F),
              .vectors = RandomValues(random, kModels * kFactors, 0.8F),
              .sampled = RandomValues(random, kModels, 0.5F),
              .centre = RandomValues(random, kColumns, 0.3F),
              .scale = 1.5F};
    for (std::uint32_t i = 0; i < 6; ++i) {
      batch_.push_back({.query = i,
                        .model_a = i % 4,
                        .model_b = (i + 1 + i % 3) % 4,
                        .a_wins = i == 2 ? 0.5F : static_cast<float>(i % 2),
                        .weight = i == 3 ? 2.0F : 1.0F,
                        .sampled_for_a = i % 2 == 0,
                        .sampled_for_b = i % 3 == 0});
    }
  }

  // The formula as it stands.
  double Logit(const BilinearModel& model, const Comparison& one, double& deviation) const {
    double logit = 0.0;
    if (one.sampled_for_a) logit += model.sampled[one.model_a];
    if (one.sampled_for_b) logit -= model.sampled[one.model_b];
    std::vector<double> by_column(kColumns);
    for (std::size_t f = 0; f < kFactors; ++f) {
      const double v =
          model.vectors[one.model_a * kFactors + f] - model.vectors[one.model_b * kFactors + f];
      double z = model.bias[f];
      for (std::size_t j = 0; j < kColumns; ++j) {
        const double x = (vectors_.Row(one.query)[j] - model.centre[j]) * model.scale;
        z += model.projection[j * kFactors + f] * x;
        by_column[j] += model.projection[j * kFactors + f] * v;
      }
      logit += v * z;
    }
    double squares = 0.0;
    for (const double value : by_column) squares += value * value;
    deviation = kNoise * std::sqrt(squares);
    return logit;
  }

  // What a step goes down, with the noise integrated finely.
  double Objective(const BilinearModel& model) const {
    double sum = 0.0;
    for (const Comparison& one : batch_) {
      double deviation = 0.0;
      const double logit = Logit(model, one, deviation);
      double loss = 0.0;
      double density = 0.0;
      for (double node = -8.0; node <= 8.0; node += 0.01) {
        const double noisy = logit + deviation * node;
        const double weight = std::exp(-node * node / 2);
        loss += weight * (std::log1p(std::exp(-noisy)) + (1.0 - one.a_wins) * noisy);
        density += weight;
      }
      sum += one.weight * loss / density / static_cast<double>(batch_.size());
    }
    for (const auto* values : {&model.vectors, &model.sampled}) {
      for (const float value : *values) sum += value * value / (2.0 * kWeight);
    }
    return sum;
  }

  embedding::Matrix vectors_;
  BilinearModel model_;
  std::vector<Comparison> batch_;
};

TEST_F(BilinearModelTest, LogitsAreTheFormulas) {
  const auto logits = LogitsOf(model_, vectors_, batch_);
  for (std::size_t i = 0; i < batch_.size(); ++i) {
    double deviation = 0.0;
    EXPECT_NEAR(logits[i], Logit(model_, batch_[i], deviation), 1e-5);
  }
}

// Adam's first step moves each number by the rate, against the sign of its derivative.
TEST_F(BilinearModelTest, AStepGoesDownhillInEveryNumber) {
  constexpr double kRate = 1e-3;
  BilinearTrainer trainer(model_, vectors_, kWeight, {.noise = kNoise});
  trainer.Step(batch_, kRate);
  int checked = 0;
  const auto check = [&](std::vector<float> BilinearModel::*part) {
    for (std::size_t i = 0; i < (model_.*part).size(); ++i) {
      constexpr float kStep = 1e-2F;
      BilinearModel up = model_;
      BilinearModel down = model_;
      (up.*part)[i] += kStep;
      (down.*part)[i] -= kStep;
      const double slope = (Objective(up) - Objective(down)) / (2.0 * double{kStep});
      if (std::abs(slope) < 0.002) continue;
      const double moved = double{(trainer.model().*part)[i]} - double{(model_.*part)[i]};
      EXPECT_NEAR(moved, slope > 0 ? -kRate : kRate, 1e-5) << i << " " << slope;
      ++checked;
    }
  };
  check(&BilinearModel::projection);
  check(&BilinearModel::bias);
  check(&BilinearModel::vectors);
  check(&BilinearModel::sampled);
  EXPECT_GT(checked, 25);
}

TEST_F(BilinearModelTest, StepsReachTheMinimum) {
  BilinearTrainer trainer(model_, vectors_, kWeight, {.noise = kNoise});
  const double before = Objective(model_);
  for (const double rate : {1e-2, 1e-3, 1e-4}) {
    for (int i = 0; i < 1000; ++i) trainer.Step(batch_, rate);
  }
  const double after = Objective(trainer.model());
  EXPECT_LT(after, before - 0.02);
  std::mt19937_64 random(2);
  for (int i = 0; i < 20; ++i) {  // no direction leads further down
    BilinearModel other = trainer.model();
    for (auto* part : {&other.projection, &other.bias, &other.vectors, &other.sampled}) {
      const auto shift = RandomValues(random, part->size(), 0.03F);
      for (std::size_t j = 0; j < part->size(); ++j) (*part)[j] += shift[j];
    }
    EXPECT_GT(Objective(other), after - 1e-4);
  }
}

TEST_F(BilinearModelTest, WithoutABiasItStaysZero) {
  std::fill(model_.bias.begin(), model_.bias.end(), 0.0F);
  BilinearTrainer trainer(model_, vectors_, kWeight, {.train_bias = false, .noise = kNoise});
  for (int i = 0; i < 10; ++i) trainer.Step(batch_, 1e-2);
  EXPECT_EQ(trainer.model().bias, std::vector<float>(kFactors, 0.0F));
}

}  // namespace
}  // namespace routellm::training
