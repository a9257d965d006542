#include "evaluation/cost.h"

#include <algorithm>

namespace routellm::evaluation {

double MixCost(const PairPrices& prices, double strong_share) {
  return prices.weak + (prices.strong - prices.weak) * strong_share / 100.0;
}

std::optional<double> RandomShare(const PairQuality& pair, double quality) {
  if (!(pair.strong > pair.weak) || quality > pair.strong) return std::nullopt;
  return std::max(0.0, (quality - pair.weak) / (pair.strong - pair.weak) * 100.0);
}

std::optional<double> SavingAgainstRandom(const PairQuality& pair, const PairPrices& prices,
                                          double quality, double strong_share) {
  const std::optional<double> random_share = RandomShare(pair, quality);
  if (!random_share) return std::nullopt;
  const double random_cost = MixCost(prices, *random_share);
  if (!(random_cost > 0.0)) return std::nullopt;
  return 1.0 - MixCost(prices, strong_share) / random_cost;
}

}  // namespace routellm::evaluation
