#include "training/kernel_evidence.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

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
// Shares, in each mix, of difficulty and of the embedding.
constexpr std::array<double, 2> kDifficulties = {0.0, 0.1};
constexpr std::array<double, 2> kEmbeddings = {0.0, 0.4};
constexpr std::array<double, 5> kNoises = {1.0, 3.0, 10.0, 30.0, 100.0};
constexpr std::array<double, 3> kPriorShares = {0.0, 0.5, 1.0};
constexpr double kKeepBonus = 2.0;     // of keeping what was known before, in evidence
constexpr double kLeastWeight = 0.02;  // of the best candidate's

// All mixes that are weighed.
std::vector<KernelMix> Mixes(bool with_embeddings) {
  std::vector<KernelMix> mixes;
  for (const KernelMix& mix : kMixes) {
    for (const double difficulty : kDifficulties) {
      for (const double embedding : kEmbeddings) {
        if (embedding > 0.0 && !with_embeddings) continue;
        const double rest = 1.0 - difficulty - embedding;
        mixes.push_back({.difficulty = difficulty,
                         .columns = rest * mix.columns,
                         .words = rest * mix.words,
                         .topics = rest * mix.topics,
                         .embedding = embedding});
      }
    }
  }
  return mixes;
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
  std::vector<KernelModel> models;
  double sum = 0.0;
  for (Candidate& candidate : candidates) {
    candidate.model.weight = std::exp(candidate.evidence - best);
    if (candidate.model.weight < kLeastWeight) continue;
    models.push_back(candidate.model);
    sum += candidate.model.weight;
  }
  for (KernelModel& model : models) model.weight /= sum;
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
  AddCandidates({.mix = {}, .noise = std::numeric_limits<double>::infinity()}, 0.0, rows,
                quadratic(y.dot(y), y.dot(p), p.dot(p)), candidates);
  for (const KernelMix& mix : Mixes(kernels.embedding.size() > 0)) {
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
      for (auto one = candidates.end() - std::ssize(kPriorShares); one != candidates.end(); ++one)
        one->model.coefficients = by_y - one->model.prior_share * by_p;
    }
  }
  return Shares(std::move(candidates));
}

std::vector<KernelModel> MergedByNoise(const std::vector<KernelModel>& models) {
  std::map<double, KernelModel> by_noise;
  for (const KernelModel& model : models) {
    auto& merged =
        by_noise.try_emplace(model.noise, KernelModel{.mix = {}, .prior_share = 0.0}).first->second;
    merged.mix += model.weight * model.mix;
    merged.prior_share += model.weight * model.prior_share;
    merged.weight += model.weight;
  }
  std::vector<KernelModel> all;
  for (auto& [noise, merged] : by_noise) {
    merged.mix = 1.0 / merged.weight * merged.mix;
    merged.noise = noise;
    merged.prior_share /= merged.weight;
    all.push_back(merged);
  }
  return all;
}

}  // namespace routellm::training
