// Which kernels, how much noise, and how much of what was known before, go with labels.
//
// Gains y are taken for a Gaussian process with noise (Rasmussen and Williams, "Gaussian Processes
// for Machine Learning", 2006, chapters 2 and 5):
//
//   y = mean + prior_share * prior gap + f + noise,   f ~ N(0, s^2 K),   noise ~ N(0, s^2 noise)
//
// with the scale s and the mean at their best. A candidate's evidence is the marginal likelihood of
// the labels alone; it needs no held-out labels, and is less noisy than cross-validation where they
// are few. Candidates are not chosen but averaged, by their evidence.
#pragma once

#include <vector>

#include "training/linear_algebra.h"
#include "training/prompt_kernel.h"

namespace routellm::training {

struct KernelModel {
  KernelMix mix;
  double noise = 0.0;  // > 0; infinite: f = 0
  double prior_share = 1.0;
  double weight = 0.0;  // the candidate's share, > 0
  // What solves (K + noise) x = gains - prior_share * priors, the right side centred; empty where
  // f = 0.
  Vector coefficients = {};
};

// The candidates whose evidence is not far below the best; their weights add up to 1. `gains` and
// `priors` have one value for each row of `kernels`; the gains must not all be equal.
[[nodiscard]] std::vector<KernelModel> WeighKernelModels(const KernelMatrices& kernels,
                                                         const Vector& gains, const Vector& priors);

// One for all that have the same noise, without coefficients: their weights' sum, and their means
// by weight. What they teach together is nearly the same, and far less to solve where labels are
// many.
[[nodiscard]] std::vector<KernelModel> MergedByNoise(const std::vector<KernelModel>& models);

}  // namespace routellm::training
