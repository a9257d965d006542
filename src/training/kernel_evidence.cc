#include "training/kernel_evidence.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace routellm::training {
namespace {

constexpr std::array<KernelMix, 8> kMixes = {{{0.0, 1.0, 0.0, 0.0},
                                              {0.0, 0.0, 1.0, 0.0},
                                              {0.0, 0.3, 0.7, 0.0},
                                              {0.0, 0.7, 0.3, 0.0},
                                              {0.0, 0.0, 0.5, 0.5},
                                              {0.0, 0.3, 0.35, 0.35},
                                              {0.0, 0.1, 0.2, 0.7},
                                              {0.0, 0.5, 0.0, 0.5}}};
constexpr std::array<double, 2> kDifficulties = {0.0, 0.1};  // shares of it in each mix
constexpr std::array<double, 5> kNoises = {1.0, 3.0, 10.0, 30.0, 100.0};
constexpr std::array<double, 3> kPriorShares = {0.0, 0.5, 1.0};
constexpr double kKeepBonus = 2.0;  // of keeping what was known before, in evidence
constexpr double kLeastShare = 0.02;

KernelMix WithDifficulty(const KernelMix& mix, double share) {
  return {.difficulty = share,
          .columns = (1.0 - share) * mix.columns,
          .words = (1.0 - share) * mix.words,
          .topics = (1.0 - share) * mix.topics};
}

struct Candidate {
  KernelModel model;
  double evidence = 0.0;
};

// Adds a candidate for each share of the prior; squares(share) is r' (K + noise)^-1 r of what the
// share leaves to explain.
template <typename Squares>
void AddCandidates(const KernelModel& model, double log_determinant, double rows,
                   const Squares& squares, std::vector<Candidate>& candidates) {
  for (const double share : kPriorShares) {
    Candidate candidate{model, -0.5 * rows * std::log(std::max(squares(share), 1e-12) / rows) -
                                   0.5 * log_determinant};
    candidate.model.prior_share = share;
    if (share == 1.0 && std::isinf(model.noise)) candidate.evidence += kKeepBonus;
    candidates.push_back(candidate);
  }
}

std::vector<KernelModel> Shares(std::vector<Candidate> candidates) {
  double best = -std::numeric_limits<double>::infinity();
  for (const Candidate& candidate : candidates) best = std::max(best, candidate.evidence);
  double sum = 0.0;
  for (Candidate& candidate : candidates)
    sum += candidate.model.weight = std::exp(candidate.evidence - best);
  std::vector<KernelModel> models;
  double kept = 0.0;
  for (const Candidate& candidate : candidates) {
    if (candidate.model.weight < kLeastShare * sum) continue;
    models.push_back(candidate.model);
    kept += candidate.model.weight;
  }
  for (KernelModel& model : models) model.weight /= kept;
  return models;
}

}  // namespace

std::vector<KernelModel> WeighKernelModels(const KernelMatrices& kernels, const Vector& gains,
                                           const Vector& priors) {
  const Vector y = gains.array() - gains.mean();
  const Vector p = priors.array() - priors.mean();
  const auto rows = static_cast<double>(y.size());
  const auto quadratic = [](double yy, double yp, double pp) {
    return [=](double share) { return yy - 2.0 * share * yp + share * share * pp; };
  };
  std::vector<Candidate> candidates;
  AddCandidates({.mix = kMixes.front(), .noise = std::numeric_limits<double>::infinity()}, 0.0,
                rows, quadratic(y.dot(y), y.dot(p), p.dot(p)), candidates);
  for (const KernelMix& others : kMixes) {
    for (const double difficulty : kDifficulties) {
      const KernelMix mix = WithDifficulty(others, difficulty);
      // Single precision is enough: an evidence is told to about a hundredth.
      const Eigen::MatrixXf kernel = kernels.Mixed(mix).cast<float>();
      for (const double noise : kNoises) {
        Eigen::MatrixXf noisy = kernel;
        noisy.diagonal().array() += static_cast<float>(noise);
        const Eigen::LLT<Eigen::Ref<Eigen::MatrixXf>> factor(noisy);
        const Vector by_y = factor.solve(y.cast<float>()).cast<double>();
        const Vector by_p = factor.solve(p.cast<float>()).cast<double>();
        const double log_determinant = 2.0 * noisy.diagonal().cast<double>().array().log().sum();
        AddCandidates({.mix = mix, .noise = noise}, log_determinant, rows,
                      quadratic(y.dot(by_y), y.dot(by_p), p.dot(by_p)), candidates);
      }
    }
  }
  return Shares(std::move(candidates));
}

}  // namespace routellm::training
