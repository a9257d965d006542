#include "embedding/kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "embedding/linear.h"

namespace routellm::embedding {
namespace {

class KernelsTest : public testing::TestWithParam<const Kernels*> {
 protected:
  [[nodiscard]] static double Activated(Activation activation, float x) {
    GetParam()->activate(activation, &x, 1);
    return static_cast<double>(x);
  }

  std::vector<float> Normal(std::size_t size) {
    std::normal_distribution<float> normal;
    std::vector<float> values(size);
    for (float& value : values) value = normal(random_);
    return values;
  }

  std::mt19937_64 random_{1};
};

TEST_P(KernelsTest, ActivationsAreThoseOfTheFormulas) {
  for (int i = -2000; i <= 2000; ++i) {
    const auto single = static_cast<float>(i) / 100;
    const auto x = static_cast<double>(single);
    const double tolerance = 1e-6 + 1e-6 * std::abs(x);
    EXPECT_NEAR(Activated(Activation::kGelu, single), 0.5 * x * (1 + std::erf(x / std::sqrt(2))),
                tolerance);
    const double u = std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x);
    EXPECT_NEAR(Activated(Activation::kGeluTanh, single), 0.5 * x * (1 + std::tanh(u)), tolerance);
    EXPECT_EQ(Activated(Activation::kRelu, single), std::max(x, 0.0));
    EXPECT_EQ(Activated(Activation::kNone, single), x);
  }
  EXPECT_NEAR(Activated(Activation::kGelu, -1e10F), 0, 1e-6);
  EXPECT_NEAR(Activated(Activation::kGeluTanh, -1e10F), 0, 1e-6);
}

TEST_P(KernelsTest, SoftmaxAddsUpToOneForNumbersOfAnySize) {
  for (const std::size_t size : {1UL, 3UL, 8UL, 29UL, 64UL}) {
    for (const float scale : {0.1F, 5.0F, 1e30F}) {
      std::vector<float> row(size);
      for (std::size_t i = 0; i < size; ++i) row[i] = std::sin(static_cast<float>(i)) * scale;
      const std::vector<double> before(row.begin(), row.end());
      GetParam()->softmax(row.data(), size);
      double sum = 0;
      const double largest = *std::max_element(before.begin(), before.end());
      for (const double x : before) sum += std::exp(x - largest);
      for (std::size_t i = 0; i < size; ++i) {
        EXPECT_NEAR(static_cast<double>(row[i]), std::exp(before[i] - largest) / sum, 2e-6);
      }
    }
  }
}

TEST_P(KernelsTest, LayerNormGivesMeanAndVarianceOfItsParameters) {
  std::vector<float> row(21);
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = 1000 + static_cast<float>(i);
  const std::vector<float> weight(21, 2.0F);
  const std::vector<float> bias(21, 3.0F);
  GetParam()->layer_norm(row.data(), weight.data(), bias.data(), row.size(), 1e-12F);
  const double deviation = std::sqrt((21.0 * 21.0 - 1) / 12);  // of 21 numbers one apart
  for (std::size_t i = 0; i < row.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(row[i]), 3 + 2 * (static_cast<double>(i) - 10) / deviation,
                1e-5);
  }
}

TEST_P(KernelsTest, LayersOfAnySizeAgreeWithSumsInDouble) {
  for (const std::size_t rows : {1UL, 2UL, 5UL, 12UL, 13UL, 131UL}) {
    for (const std::size_t inputs : {1UL, 3UL, 8UL, 33UL}) {
      for (const std::size_t outputs : {1UL, 15UL, 32UL, 70UL}) {
        const auto in = Normal(rows * inputs);
        const auto weight = Normal(outputs * inputs);
        const auto bias = Normal(outputs);
        std::vector<float> out(rows * outputs + 1, 77.0F);
        const Linear layer(weight, bias, Precision::kFloat, *GetParam());
        layer.Apply(in, Activation::kRelu, std::span(out).first(rows * outputs));
        for (std::size_t i = 0; i < rows * outputs; ++i) {
          double sum = static_cast<double>(bias[i % outputs]);
          for (std::size_t k = 0; k < inputs; ++k) {
            sum += static_cast<double>(in[i / outputs * inputs + k]) *
                   static_cast<double>(weight[i % outputs * inputs + k]);
          }
          ASSERT_NEAR(static_cast<double>(out[i]), std::max(sum, 0.0), 2e-5)
              << rows << " x " << inputs << " x " << outputs;
        }
        ASSERT_EQ(out.back(), 77.0F);
      }
    }
  }
}

// What Quantize makes of a row, as doubles.
std::vector<double> Rounded(const Kernels& kernels, std::span<const float> row) {
  std::vector<std::int8_t> bytes(row.size());
  const auto scale = static_cast<double>(kernels.quantize(row.data(), row.size(), bytes.data()));
  std::vector<double> values;
  for (const std::int8_t byte : bytes) values.push_back(byte * scale);
  return values;
}

TEST_P(KernelsTest, EightBitsRoundToMultiplesOfThe127thPart) {
  const auto row = Normal(77);
  const auto rounded = Rounded(*GetParam(), row);
  double largest = 0;
  for (const float x : row) largest = std::max(largest, std::abs(static_cast<double>(x)));
  for (std::size_t i = 0; i < row.size(); ++i) {
    EXPECT_NEAR(rounded[i], static_cast<double>(row[i]), largest / 254 * 1.0001);
  }
  EXPECT_EQ(Rounded(*GetParam(), std::vector<float>(5, 0.0F)), std::vector<double>(5, 0.0));
}

TEST_P(KernelsTest, LayersOfEightBitsAreExactButForTheirRounding) {
  for (const std::size_t rows : {1UL, 7UL, 25UL, 130UL}) {
    for (const std::size_t inputs : {1UL, 6UL, 64UL, 385UL}) {
      for (const std::size_t outputs : {1UL, 16UL, 33UL}) {
        auto in = Normal(rows * inputs);
        auto weight = Normal(outputs * inputs);
        std::fill_n(in.begin(), inputs, -4.0F);  // the least and the greatest numbers together
        std::fill_n(weight.begin(), inputs, -4.0F);
        const auto bias = Normal(outputs);
        std::vector<float> out(rows * outputs + 1, 77.0F);
        const Linear layer(weight, bias, Precision::kInt8, *GetParam());
        layer.Apply(in, Activation::kNone, std::span(out).first(rows * outputs));
        for (std::size_t row = 0; row < rows; ++row) {
          const auto a = Rounded(*GetParam(), std::span(in).subspan(row * inputs, inputs));
          for (std::size_t i = 0; i < outputs; ++i) {
            const auto b = Rounded(*GetParam(), std::span(weight).subspan(i * inputs, inputs));
            double sum = static_cast<double>(bias[i]);
            for (std::size_t k = 0; k < inputs; ++k) sum += a[k] * b[k];
            ASSERT_NEAR(static_cast<double>(out[row * outputs + i]), sum,
                        1e-6 * (1 + std::abs(sum)))
                << rows << " x " << inputs << " x " << outputs;
          }
        }
        ASSERT_EQ(out.back(), 77.0F);
      }
    }
  }
}

TEST_P(KernelsTest, NumbersBeyondAllMeasureStayVisible) {
  std::vector<float> in{1.0F, std::numeric_limits<float>::infinity(), 2.0F};
  float out = 0;
  Linear(std::vector<float>(3, 1.0F), std::vector<float>(1), Precision::kInt8, *GetParam())
      .Apply(in, Activation::kNone, {&out, 1});
  EXPECT_FALSE(std::isfinite(out));
}

INSTANTIATE_TEST_SUITE_P(InstructionSets, KernelsTest,
                         testing::ValuesIn(SupportedKernels().begin(), SupportedKernels().end()),
                         [](const auto& set) {
                           std::string name = set.param->name;
                           std::erase_if(name, [](char c) { return c == ' ' || c == '-'; });
                           return name;
                         });

}  // namespace
}  // namespace routellm::embedding
