#include "routing/own_labels.h"

#include <cmath>
#include <cstddef>

namespace routellm::routing {

double OwnLabels::Term(const PromptColumns& prompt, const text::FeatureBag& bag) const {
  double sum = 0.0;
  double squares = 0.0;
  for (std::size_t i = 0; i < bag.buckets.size(); ++i) {
    const double value = double{idf[bag.buckets[i]]} * bag.weights[i];
    sum += value * weights[bag.buckets[i]];
    squares += value * value;
  }
  return columns(prompt) + (squares > 0.0 ? sum / std::sqrt(squares) : 0.0);
}

}  // namespace routellm::routing
