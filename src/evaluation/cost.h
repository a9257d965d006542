// What a mix of strong and weak calls costs. All functions are pure and thread-safe.
#pragma once

#include <optional>

#include "evaluation/curve.h"

namespace routellm::evaluation {

// What a million tokens of each model's traffic cost. As if both wrote as much to each query: a
// single price for a model stands for its mix of input and output. The default counts strong calls
// alone.
struct PairPrices {
  double weak = 0.0;
  double strong = 1.0;
};

// The price of a million tokens if `strong_share` percent of the queries go to the strong model.
[[nodiscard]] double MixCost(const PairPrices& prices, double strong_share);

// The share of strong calls, in percent, at which drawing the model by lot reaches `quality` in the
// mean: 0 for what the weak model reaches alone. None for more than the strong model reaches, and
// where the strong model is not the better one.
[[nodiscard]] std::optional<double> RandomShare(const PairQuality& pair, double quality);

// What part of the cost of drawing by lot is saved by a router that reaches `quality` at
// `strong_share`: 0 for the same cost, at most 1, negative for more. None where RandomShare is none
// or costs nothing.
[[nodiscard]] std::optional<double> SavingAgainstRandom(const PairQuality& pair,
                                                        const PairPrices& prices, double quality,
                                                        double strong_share);

}  // namespace routellm::evaluation
