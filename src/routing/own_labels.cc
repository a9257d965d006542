#include "routing/own_labels.h"

#include <cmath>
#include <cstddef>

#include "routing/dot_product.h"

namespace routellm::routing {

double EmbeddingFunction::operator()(std::span<const float> embedding) const {
  const double squares = DotProduct(embedding.data(), embedding.data(), embedding.size());
  if (squares == 0.0) return 0.0;
  return DotProduct(embedding.data(), weights.data(), weights.size()) / std::sqrt(squares);
}

double OwnLabels::Term(const PromptColumns& prompt, const text::FeatureBag& bag,
                       std::span<const float> prompt_embedding) const {
  double sum = 0.0;
  double squares = 0.0;
  for (std::size_t i = 0; i < bag.buckets.size(); ++i) {
    const double value = double{idf[bag.buckets[i]]} * bag.weights[i];
    sum += value * weights[bag.buckets[i]];
    squares += value * value;
  }
  return columns(prompt) + (squares > 0.0 ? sum / std::sqrt(squares) : 0.0) +
         (embedding ? (*embedding)(prompt_embedding) : 0.0);
}

}  // namespace routellm::routing
