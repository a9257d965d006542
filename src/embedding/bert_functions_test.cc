#include "embedding/bert_functions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace routellm::embedding {
namespace {

double Activated(Activation activation, float x) {
  Activate(activation, {&x, 1});
  return static_cast<double>(x);
}

TEST(BertFunctionsTest, ActivationsAreThoseOfTheFormulas) {
  for (int i = -2000; i <= 2000; ++i) {
    const auto single = static_cast<float>(i) / 100;
    const auto x = static_cast<double>(single);
    const double tolerance = 1e-6 + 1e-6 * std::abs(x);
    EXPECT_NEAR(Activated(Activation::kGelu, single), 0.5 * x * (1 + std::erf(x / std::sqrt(2))),
                tolerance);
    const double u = std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x);
    EXPECT_NEAR(Activated(Activation::kGeluTanh, single), 0.5 * x * (1 + std::tanh(u)), tolerance);
    EXPECT_EQ(Activated(Activation::kRelu, single), std::max(x, 0.0));
  }
  EXPECT_NEAR(Activated(Activation::kGelu, -1e10F), 0, 1e-6);
  EXPECT_NEAR(Activated(Activation::kGeluTanh, -1e10F), 0, 1e-6);
}

TEST(BertFunctionsTest, SoftmaxAddsUpToOneForNumbersOfAnySize) {
  for (const std::size_t size : {1UL, 3UL, 8UL, 29UL}) {
    for (const float scale : {0.1F, 5.0F, 1e30F}) {
      std::vector<float> row(size);
      for (std::size_t i = 0; i < size; ++i) row[i] = std::sin(static_cast<float>(i)) * scale;
      const std::vector<double> before(row.begin(), row.end());
      Softmax(row);
      double sum = 0;
      const double largest = *std::max_element(before.begin(), before.end());
      for (const double x : before) sum += std::exp(x - largest);
      for (std::size_t i = 0; i < size; ++i) {
        EXPECT_NEAR(static_cast<double>(row[i]), std::exp(before[i] - largest) / sum, 2e-6);
      }
    }
  }
}

TEST(BertFunctionsTest, LayerNormGivesMeanAndVarianceOfItsParameters) {
  std::vector<float> row(21);
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = 1000 + static_cast<float>(i);
  LayerNorm(std::vector<float>(21, 2.0F), std::vector<float>(21, 3.0F), 1e-12F, row);
  const double deviation = std::sqrt((21.0 * 21.0 - 1) / 12);  // of 21 numbers one apart
  for (std::size_t i = 0; i < row.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(row[i]), 3 + 2 * (static_cast<double>(i) - 10) / deviation,
                1e-5);
  }
}

}  // namespace
}  // namespace routellm::embedding
