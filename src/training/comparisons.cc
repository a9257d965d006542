#include "training/comparisons.h"

#include <algorithm>
#include <array>
#include <utility>

#include "training/linear_algebra.h"
#include "training/random.h"

namespace routellm::training {
namespace {

Comparison Compare(const data::Outcome& a, const data::Outcome& b) {
  return {.query = a.query,
          .model_a = a.model,
          .model_b = b.model,
          .a_wins = 0.5F + 0.5F * (a.score - b.score)};
}

// `outcomes` are of one query.
void CompareOutcomes(std::span<const data::Outcome> outcomes, const ComparisonOptions& options,
                     std::vector<Comparison>& comparisons) {
  const std::size_t n = outcomes.size();
  if (n * (n - 1) / 2 <= options.most_per_query) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = i + 1; j < n; ++j)
        comparisons.push_back(Compare(outcomes[i], outcomes[j]));
    }
    return;
  }
  Random random({options.seed, outcomes.front().query});
  for (std::size_t drawn = 0; drawn < options.most_per_query; ++drawn) {
    const std::size_t i = random.Below(static_cast<std::uint32_t>(n));
    const std::size_t j = random.Below(static_cast<std::uint32_t>(n - 1));
    comparisons.push_back(Compare(outcomes[i], outcomes[j < i ? j : j + 1]));
  }
}

// The numbers of Strengths that take part in a comparison, and with which sign.
using Terms = std::array<std::pair<Eigen::Index, double>, 4>;

Terms TermsOf(const Comparison& comparison, Eigen::Index models) {
  return {{{comparison.model_a, 1.0},
           {comparison.model_b, -1.0},
           {models + comparison.model_a, comparison.sampled_for_a ? 1.0 : 0.0},
           {models + comparison.model_b, comparison.sampled_for_b ? -1.0 : 0.0}}};
}

}  // namespace

std::vector<Comparison> MakeComparisons(const data::Dataset& dataset,
                                        const ComparisonOptions& options) {
  std::vector<Comparison> comparisons;
  for (const data::Battle& battle : dataset.battles) {
    const bool sampled = battle.sampled_for_a || battle.sampled_for_b;
    if (sampled && options.sampled == SampledVotes::kLeftOut) continue;
    const bool kept = options.sampled == SampledVotes::kIntercepts;
    comparisons.push_back({.query = battle.query,
                           .model_a = battle.model_a,
                           .model_b = battle.model_b,
                           .a_wins = battle.a_wins,
                           .weight = battle.weight,
                           .sampled_for_a = kept && battle.sampled_for_a,
                           .sampled_for_b = kept && battle.sampled_for_b});
  }
  std::vector<data::Outcome> outcomes = dataset.outcomes;
  std::stable_sort(
      outcomes.begin(), outcomes.end(),
      [](const data::Outcome& x, const data::Outcome& y) { return x.query < y.query; });
  for (auto begin = outcomes.begin(); begin != outcomes.end();) {
    const auto end = std::find_if(begin, outcomes.end(), [&](const data::Outcome& outcome) {
      return outcome.query != begin->query;
    });
    CompareOutcomes({begin, end}, options, comparisons);
    begin = end;
  }
  return comparisons;
}

Strengths FitStrengths(std::span<const Comparison> comparisons, std::size_t models) {
  constexpr int kIterations = 8;
  const auto count = static_cast<Eigen::Index>(models);
  Vector strengths = Vector::Zero(2 * count);
  for (int iteration = 0; iteration < kIterations; ++iteration) {
    Matrix h = Matrix::Identity(2 * count, 2 * count);
    Vector g = -strengths;
    for (const Comparison& comparison : comparisons) {
      const Terms terms = TermsOf(comparison, count);
      double logit = 0.0;
      for (const auto& [at, sign] : terms) logit += sign * strengths[at];
      const double p = Sigmoid(logit);
      const double weight = comparison.weight;
      for (const auto& [at, sign] : terms) {
        if (sign == 0.0) continue;
        g[at] += weight * sign * (double{comparison.a_wins} - p);
        for (const auto& [other, other_sign] : terms)
          h(at, other) += weight * p * (1.0 - p) * sign * other_sign;
      }
    }
    strengths += Solve(h, g);
  }
  const auto middle = strengths.begin() + count;
  return {{strengths.begin(), middle}, {middle, strengths.end()}};
}

double LogitOf(const Comparison& comparison, const Strengths& strengths) {
  double logit = strengths.models[comparison.model_a] - strengths.models[comparison.model_b];
  if (comparison.sampled_for_a) logit += strengths.sampled[comparison.model_a];
  if (comparison.sampled_for_b) logit -= strengths.sampled[comparison.model_b];
  return logit;
}

}  // namespace routellm::training
