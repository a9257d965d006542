#include "embedding/bert_functions.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numeric>

namespace routellm::embedding {
namespace {

// exp by 2^n e^r with |r| <= ln(2) / 2 and a Taylor polynomial; arguments are held within +-87.
inline float Exp(float x) {
  constexpr float kRound = 12582912.0F;  // 1.5 * 2^23: adding it rounds to a whole number
  x = std::min(std::max(x, -87.0F), 87.0F);
  const float shifted = x * 1.44269504F + kRound;
  const float n = shifted - kRound;
  const float r = (x - n * 0.693359375F) + n * 2.12194440e-4F;
  float sum = 1.0F / 720;
  sum = sum * r + 1.0F / 120;
  sum = sum * r + 1.0F / 24;
  sum = sum * r + 1.0F / 6;
  sum = sum * r + 0.5F;
  sum = sum * r + 1.0F;
  sum = sum * r + 1.0F;
  const std::int32_t power =
      std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(kRound);
  return sum * std::bit_cast<float>((power + 127) << 23);
}

// Abramowitz and Stegun, "Handbook of Mathematical Functions", 7.1.26: error below 1.5e-7.
inline float Erf(float x) {
  const float magnitude = std::abs(x);
  const float t = 1.0F / (1.0F + 0.3275911F * magnitude);
  float sum = 1.061405429F;
  sum = sum * t - 1.453152027F;
  sum = sum * t + 1.421413741F;
  sum = sum * t - 0.284496736F;
  sum = sum * t + 0.254829592F;
  return std::copysign(1.0F - sum * t * Exp(-magnitude * magnitude), x);
}

inline float Gelu(float x) { return 0.5F * x * (1.0F + Erf(x * 0.707106781F)); }

// 0.5 (1 + tanh(u)) = 1 / (1 + exp(-2u))
inline float GeluTanh(float x) {
  const float u = 0.797884561F * (x + 0.044715F * x * x * x);
  return x / (1.0F + Exp(-2.0F * u));
}

constexpr std::size_t kLanes = 8;

// Folds `values` in independent lanes, which compilers can put side by side, and then the lanes.
template <typename Fold>
float FoldLanes(std::span<const float> values, float start, Fold fold) {
  std::array<float, kLanes> lanes;
  lanes.fill(start);
  std::size_t i = 0;
  for (; i + kLanes <= values.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      lanes[lane] = fold(lanes[lane], values[i + lane]);
    }
  }
  for (std::size_t lane = 0; i < values.size(); ++i, ++lane) {
    lanes[lane] = fold(lanes[lane], values[i]);
  }
  return std::accumulate(lanes.begin() + 1, lanes.end(), lanes[0], fold);
}

float Sum(std::span<const float> values) { return FoldLanes(values, 0.0F, std::plus<>()); }

float Largest(std::span<const float> values) {
  return FoldLanes(values, values.front(), [](float a, float b) { return a < b ? b : a; });
}

}  // namespace

void Activate(Activation activation, std::span<float> values) {
  switch (activation) {
    case Activation::kGelu:
      for (float& value : values) value = Gelu(value);
      return;
    case Activation::kGeluTanh:
      for (float& value : values) value = GeluTanh(value);
      return;
    case Activation::kRelu:
      for (float& value : values) value = std::max(value, 0.0F);
      return;
  }
}

void Softmax(std::span<float> row) {
  if (row.empty()) return;
  const float largest = Largest(row);
  for (float& value : row) value = Exp(value - largest);
  const float scale = 1.0F / Sum(row);
  for (float& value : row) value *= scale;
}

void LayerNorm(std::span<const float> weight, std::span<const float> bias, float epsilon,
               std::span<float> row) {
  const auto size = static_cast<float>(row.size());
  const float mean = Sum(row) / size;
  for (float& value : row) value -= mean;
  const float variance = std::transform_reduce(row.begin(), row.end(), row.begin(), 0.0F) / size;
  const float scale = 1.0F / std::sqrt(variance + epsilon);
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = row[i] * scale * weight[i] + bias[i];
}

}  // namespace routellm::embedding
