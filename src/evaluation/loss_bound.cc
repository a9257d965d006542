#include "evaluation/loss_bound.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include <boost/math/distributions/binomial.hpp>

namespace routellm::evaluation {
namespace {

// A bet stays below 1, so that no single loss takes all wealth; it must not depend on the limit, or
// else a larger limit might reject less.
constexpr double kLargestBet = 0.75;

double Mean(std::span<const double> losses) {
  return std::accumulate(losses.begin(), losses.end(), 0.0) / static_cast<double>(losses.size());
}

bool BettingRejects(double limit, std::span<const double> losses, double error_rate) {
  const double goal = 1.0 / error_rate;
  const double scale = 2.0 * std::log(goal) / static_cast<double>(losses.size());
  double wealth = 1.0;
  double sum = 0.0;
  double squares = 0.25;  // about the mean of the losses before; begins as arXiv:2010.09686 does
  double count = 1.0;
  for (const double loss : losses) {
    const double bet = std::min(kLargestBet, std::sqrt(scale * count / squares));
    wealth *= 1.0 + bet * (limit - loss);
    if (wealth >= goal) return true;
    sum += loss;
    count += 1.0;
    const double deviation = loss - sum / count;
    squares += deviation * deviation;
  }
  return false;
}

// The Kullback-Leibler divergence of Bernoulli variables with means p in [0, 1] and q in (0, 1).
double Divergence(double p, double q) {
  const double ones = p > 0.0 ? p * std::log(p / q) : 0.0;
  const double zeros = p < 1.0 ? (1.0 - p) * std::log((1.0 - p) / (1.0 - q)) : 0.0;
  return ones + zeros;
}

bool HoeffdingBentkusRejects(double limit, std::span<const double> losses, double error_rate) {
  const auto count = static_cast<double>(losses.size());
  const double mean = Mean(losses);
  const double hoeffding = std::exp(-count * Divergence(std::min(mean, limit), limit));
  const boost::math::binomial_distribution<double> binomial(count, limit);
  const double bentkus =
      std::numbers::e * boost::math::cdf(binomial, std::min(count, std::ceil(count * mean)));
  return std::min(hoeffding, bentkus) <= error_rate;
}

// The largest mean growth of log wealth under a constant bet: a concave function of the bet.
double BestGrowth(double limit, std::span<const double> losses) {
  const auto growth = [&](double bet) {
    double sum = 0.0;
    for (const double loss : losses) sum += std::log1p(bet * (limit - loss));
    return sum / static_cast<double>(losses.size());
  };
  double low = 0.0;
  double high = kLargestBet;
  for (int step = 0; step < 60; ++step) {
    const double left = low + (high - low) / 3.0;
    const double right = high - (high - low) / 3.0;
    if (growth(left) < growth(right)) {
      low = left;
    } else {
      high = right;
    }
  }
  return growth(high);
}

}  // namespace

bool RejectsMeanAbove(double limit, std::span<const double> losses, double error_rate,
                      LossBound bound) {
  return bound == LossBound::kBetting ? BettingRejects(limit, losses, error_rate)
                                      : HoeffdingBentkusRejects(limit, losses, error_rate);
}

std::optional<std::size_t> ObservationsNeeded(double limit, std::span<const double> losses,
                                              double error_rate, LossBound bound) {
  const double mean = Mean(losses);
  if (!(mean < limit)) return std::nullopt;
  const double growth =
      bound == LossBound::kBetting ? BestGrowth(limit, losses) : Divergence(mean, limit);
  return static_cast<std::size_t>(std::ceil(std::log(1.0 / error_rate) / growth));
}

}  // namespace routellm::evaluation
