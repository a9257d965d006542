#include "routing/own_labels.h"

#include <cmath>
#include <cstddef>

#include "routing/dot_product.h"

namespace routellm::routing {

namespace {

// What scales `embedding` to length 1; 0 where it is all zero, or there is none.
double InverseLength(std::span<const float> embedding) {
  const double squares = DotProduct(embedding.data(), embedding.data(), embedding.size());
  return squares > 0.0 ? 1.0 / std::sqrt(squares) : 0.0;
}

}  // namespace

double EmbeddingFunction::operator()(std::span<const float> embedding) const {
  return InverseLength(embedding) * DotProduct(embedding.data(), weights.data(), weights.size());
}

ContextFunction::Values ContextFunction::operator()(const PromptColumns& columns,
                                                    std::span<const float> embedding) const {
  const double scale = InverseLength(embedding);
  std::array<double, kSize> sums{};
  double length = 0.0;
  for (std::size_t k = 0; k < kSize; ++k) {
    const float* const of_columns = weights.data() + k * (kBaseColumns + embedding.size());
    sums[k] = double{biases[k]} + DotProduct(of_columns, columns.data(), kBaseColumns) +
              scale * DotProduct(of_columns + kBaseColumns, embedding.data(), embedding.size());
    length += sums[k] * sums[k];
  }
  Values values{};
  if (length == 0.0) return values;
  length = std::sqrt(length);
  for (std::size_t k = 0; k < kSize; ++k) values[k] = static_cast<float>(sums[k] / length);
  return values;
}

double OwnLabels::Term(const PromptColumns& prompt, const text::FeatureBag& bag,
                       std::span<const float> prompt_embedding) const {
  std::array<float, kWeights> sums{};
  double squares = 0.0;
  for (std::size_t i = 0; i < bag.buckets.size(); ++i) {
    const float value = idf[bag.buckets[i]] * bag.weights[i];
    const float* const of_bucket = weights.data() + std::size_t{bag.buckets[i]} * kWeights;
    for (std::size_t k = 0; k < kWeights; ++k) sums[k] += value * of_bucket[k];
    squares += double{value} * value;
  }
  double term = columns(prompt);
  if (squares > 0.0) {
    const auto values = context(prompt, prompt_embedding);
    double words = double{sums[0]};
    for (std::size_t k = 0; k < values.size(); ++k) words += double{sums[k + 1]} * values[k];
    term += words / std::sqrt(squares);
  }
  return term + (embedding ? (*embedding)(prompt_embedding) : 0.0);
}

}  // namespace routellm::routing
