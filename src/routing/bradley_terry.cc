#include "routing/bradley_terry.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace routellm::routing {
namespace {

constexpr int kMaxSteps = 100;
constexpr int kMaxHalvings = 40;
constexpr double kLastStep = 1e-6;
constexpr double kLongestStep = 5.0;

// The players that one reaches from player 0 by going from winner to loser, or the other way.
std::vector<bool> Reachable(std::span<const double> wins, std::size_t n, bool to_losers) {
  std::vector<bool> reached(n, false);
  std::vector<std::size_t> open;
  if (n > 0) open.push_back(0);
  while (!open.empty()) {
    const std::size_t i = open.back();
    open.pop_back();
    if (reached[i]) continue;
    reached[i] = true;
    for (std::size_t j = 0; j < n; ++j) {
      const double count = to_losers ? wins[i * n + j] : wins[j * n + i];
      if (j != i && count > 0.0 && !reached[j]) open.push_back(j);
    }
  }
  return reached;
}

// log(1 + exp(x))
double Softplus(double x) {
  return x > 0.0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

double LogLikelihood(std::span<const double> wins, std::span<const double> strengths) {
  const std::size_t n = strengths.size();
  double sum = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      if (i != j && wins[i * n + j] > 0.0)
        sum -= wins[i * n + j] * Softplus(strengths[j] - strengths[i]);
    }
  }
  return sum;
}

// The gradient of the log-likelihood into `gradient` and its negated Hessian into `hessian`. That
// matrix is singular along (1, ..., 1), along which the likelihood is constant: the mean of its
// diagonal over n is added to each entry, which makes it regular and the step's sum 0.
void Differentiate(std::span<const double> wins, std::span<const double> strengths,
                   std::span<double> gradient, std::span<double> hessian) {
  const std::size_t n = strengths.size();
  std::fill(gradient.begin(), gradient.end(), 0.0);
  std::fill(hessian.begin(), hessian.end(), 0.0);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i + 1; j < n; ++j) {
      const double battles = wins[i * n + j] + wins[j * n + i];
      if (battles == 0.0) continue;
      const double expected = 1.0 / (1.0 + std::exp(strengths[j] - strengths[i]));
      const double unexpected = 1.0 / (1.0 + std::exp(strengths[i] - strengths[j]));
      const double surplus = wins[i * n + j] * unexpected - wins[j * n + i] * expected;
      gradient[i] += surplus;
      gradient[j] -= surplus;
      const double curvature = battles * expected * unexpected;
      hessian[i * n + i] += curvature;
      hessian[j * n + j] += curvature;
      hessian[i * n + j] -= curvature;
      hessian[j * n + i] -= curvature;
    }
  }
  double trace = 0.0;
  for (std::size_t i = 0; i < n; ++i) trace += hessian[i * n + i];
  const double gauge = trace / static_cast<double>(n * n);
  for (double& entry : hessian) entry += gauge;
}

// Replaces `b` by the solution of A x = b, A [n, n] positive definite, by Cholesky's decomposition
// in A's memory. Pivots that rounding made too small are raised, which only shortens the step.
void Solve(std::span<double> a, std::span<double> b) {
  const std::size_t n = b.size();
  double largest = 0.0;
  for (std::size_t i = 0; i < n; ++i) largest = std::max(largest, a[i * n + i]);
  const double smallest = std::max(largest * 1e-15, std::numeric_limits<double>::min());
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = a[i * n + j];
      for (std::size_t k = 0; k < j; ++k) sum -= a[i * n + k] * a[j * n + k];
      a[i * n + j] = i == j ? std::sqrt(std::max(sum, smallest)) : sum / a[j * n + j];
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) b[i] -= a[i * n + k] * b[k];
    b[i] /= a[i * n + i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) b[i] -= a[k * n + i] * b[k];
    b[i] /= a[i * n + i];
  }
}

}  // namespace

std::optional<std::size_t> FindUnrankable(std::span<const double> wins, std::size_t n) {
  for (const bool to_losers : {true, false}) {
    const std::vector<bool> reached = Reachable(wins, n, to_losers);
    const auto missed = std::find(reached.begin(), reached.end(), false);
    if (missed != reached.end()) return static_cast<std::size_t>(missed - reached.begin());
  }
  return std::nullopt;
}

void FitBradleyTerry(std::span<const double> wins, std::span<double> strengths,
                     BradleyTerryScratch& scratch) {
  const std::size_t n = strengths.size();
  scratch.matrix.resize(n * n);
  scratch.step.resize(n);
  scratch.candidate.resize(n);
  double likelihood = LogLikelihood(wins, strengths);
  for (int iteration = 0; iteration < kMaxSteps; ++iteration) {
    Differentiate(wins, strengths, scratch.step, scratch.matrix);
    Solve(scratch.matrix, scratch.step);
    double longest = 0.0;
    for (const double change : scratch.step) longest = std::max(longest, std::abs(change));
    // So close to the maximum the likelihood's own rounding would decide whether it rises. Written
    // so that NaN ends it too.
    if (!(longest > kLastStep)) {
      for (std::size_t i = 0; i < n && longest <= kLastStep; ++i) strengths[i] += scratch.step[i];
      return;
    }
    double fraction = std::min(1.0, kLongestStep / longest);
    bool risen = false;
    for (int halving = 0; halving < kMaxHalvings && !risen; ++halving, fraction /= 2) {
      for (std::size_t i = 0; i < n; ++i)
        scratch.candidate[i] = strengths[i] + fraction * scratch.step[i];
      const double reached = LogLikelihood(wins, scratch.candidate);
      risen = reached >= likelihood;
      if (!risen) continue;
      std::copy(scratch.candidate.begin(), scratch.candidate.end(), strengths.begin());
      likelihood = reached;
    }
    if (!risen) return;
  }
}

}  // namespace routellm::routing
