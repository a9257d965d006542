// The win rate of the built-in kind of `mf` router by the formula as it stands, slowly.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "routing/mf_checkpoint.h"
#include "text/hashed_features.h"
#include "text/prompt_features.h"

namespace routellm::routing {

// Of two of the checkpoint's models by position, which must be valid; of the prompt's embedding,
// where own labels need one.
inline double ReferenceWinRate(const MfCheckpoint& checkpoint, std::size_t strong, std::size_t weak,
                               const std::string& prompt,
                               const std::vector<float>& embedding = {}) {
  const auto sigmoid = [](double x) { return 1.0 / (1.0 + std::exp(-x)); };
  const auto words = text::WordVectors::Create(checkpoint.words);
  const PromptColumns columns =
      MakeColumns(text::ExtractPromptFeatures(prompt, *words), checkpoint.scale);
  const auto apply = [&](const LinearFunction& function) {
    double sum = function.bias;
    for (std::size_t i = 0; i < function.weights.size(); ++i)
      sum += double{function.weights[i]} * columns[i];
    return sum;
  };
  const MfFunctions& functions = checkpoint.functions;
  const auto coordinate = [&](std::size_t model) {
    return (checkpoint.abilities[model] - functions.ability_middle) / functions.ability_range;
  };
  const auto success = [&](std::size_t model) {
    return sigmoid(checkpoint.abilities[model] + apply(functions.easiness) +
                   coordinate(model) * apply(functions.discrimination));
  };
  const double vote =
      2.0 * sigmoid((coordinate(strong) - coordinate(weak)) * apply(functions.preference)) - 1.0;
  const double chat = functions.chat_share * sigmoid(apply(functions.is_chat));
  double gap = (1.0 - chat) * (success(strong) - success(weak)) + chat * vote;
  if (const auto& own = checkpoint.own_labels) {
    double length = 0.0;  // of the embedding
    for (const float number : embedding) length += double{number} * number;
    length = std::sqrt(length);
    std::vector<double> context;
    double context_squares = 0.0;
    for (std::size_t k = 0; k < ContextFunction::kSize; ++k) {
      const float* const weights =
          own->context.weights.data() + k * (kBaseColumns + embedding.size());
      double sum = own->context.biases[k];
      for (std::size_t i = 0; i < kBaseColumns; ++i) sum += double{weights[i]} * columns[i];
      for (std::size_t i = 0; i < embedding.size(); ++i)
        sum += double{weights[kBaseColumns + i]} * embedding[i] / length;
      context.push_back(sum);
      context_squares += sum * sum;
    }
    text::FeatureBag bag;
    text::HashedFeatures::Create(own->features)->Extract(prompt, bag);
    double sum = 0.0;
    double squares = 0.0;
    for (std::size_t i = 0; i < bag.buckets.size(); ++i) {
      const double value = double{bag.weights[i]} * own->idf[bag.buckets[i]];
      const float* const weights = own->weights.data() + bag.buckets[i] * OwnLabels::kWeights;
      double weight = weights[0];
      for (std::size_t k = 0; k < context.size(); ++k)
        weight += weights[k + 1] * context[k] / std::sqrt(context_squares);
      sum += value * weight;
      squares += value * value;
    }
    gap *= own->prior_share;
    gap += apply(own->columns) + (squares > 0.0 ? sum / std::sqrt(squares) : 0.0);
    if (own->embedding) {
      double product = 0.0;
      for (std::size_t i = 0; i < embedding.size(); ++i)
        product += double{embedding[i]} * own->embedding->weights[i];
      gap += product / length;
    }
  }
  const double raw = std::clamp((1.0 + gap) / 2.0, 1e-6, 1.0 - 1e-6);
  return sigmoid(checkpoint.calibration.slope * std::log(raw / (1.0 - raw)) +
                 checkpoint.calibration.offset);
}

}  // namespace routellm::routing
