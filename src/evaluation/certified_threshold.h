// The cheapest threshold whose loss of quality is bounded with a stated confidence.
//
// Learn then Test (Angelopoulos, Bates, Candès, Jordan, Lei, arXiv:2110.01052) with fixed-sequence
// testing. A threshold t costs, on a query with win rate w and outcomes s (strong) and v (weak),
// the loss X = s - v if w < t, else 0, which lies in [-1, 1]; its risk is E[X] over the traffic
// that the sample was drawn from. The thresholds 0, 1/10000, ..., 1, chosen before any data, are
// tested in this order, from most strong calls to fewest: is E[X] > a = max_quality_loss? Each test
// errs with probability at most d = 1 - confidence, and the first one that does not reject ends the
// sequence. Then the probability that any rejected threshold has a risk above a is at most d,
// whatever the distribution, the size of the sample, and however the risk depends on t. No
// correction for their number is needed, because the order is fixed.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "core/error.h"
#include "core/win_rate.h"

namespace routellm::evaluation {

// A query, drawn independently of the others and of whatever the router was trained on.
struct LabelledQuery {
  double win_rate = 0.0;  // [0, 1]
  double strong = 0.0;    // outcome of each model, [0, 1]
  double weak = 0.0;
};

// The test. Choose it before looking at what either certifies: the better of both is not certified.
enum class LossBound {
  // A wealth process (Waudby-Smith and Ramdas, arXiv:2010.09686, section 4): from 1 on, over the
  // queries in random order, wealth is multiplied by 1 + l * (a - X), with the bet l = min(3/4,
  // sqrt(2 log(1/d) / (n V))), V being the variance of the losses before this one (as estimated
  // there). If E[X] > a, it is a supermartingale and reaches 1/d with probability at most d
  // (Ville). Since most losses are 0, V is small, and so is the distance from a that is needed.
  kBetting,
  // The Hoeffding-Bentkus p-value (arXiv:2101.02703, section 3.1; 2110.01052, proposition 1)
  // min(exp(-n h(min(R, a), a)), e P(Binomial(n, a) <= ceil(n R))), R being the mean of max(0, X)
  // and h(p, q) = p log(p/q) + (1-p) log((1-p)/(1-q)). It bounds E[max(0, X)]: queries that the
  // weak model answers better make up for nothing.
  kHoeffdingBentkus,
};

struct CertificationOptions {
  double max_quality_loss = 0.02;  // a, in (0, 1)
  double confidence = 0.95;        // in (0, 1)
  LossBound bound = LossBound::kBetting;
};

// What a threshold does to the sample.
struct ThresholdEffect {
  Threshold threshold;
  double strong_share = 0.0;  // of the queries, in [0, 1]
  double loss = 0.0;          // mean of what the bound bounds: X, or max(0, X)
};

// How many labels might do, if more queries were like those of the sample: copies of it would
// certify the threshold.
struct LabelEstimate {
  std::size_t labels = 0;
  ThresholdEffect effect;
};

struct Certification {
  // The largest threshold that is certified; none if no threshold is that sends a query of the
  // sample to the weak model.
  std::optional<ThresholdEffect> certified;
  // If none is certified: for the largest threshold up to which the loss is at most a / 2 on the
  // sample, or else for the first that sends a query to the weak model. None if even there the loss
  // is not below a, so that more labels would not help.
  std::optional<LabelEstimate> estimate;
  ThresholdEffect always_weak;  // on the sample, at a threshold above all win rates (shown as 1)
};

// Pure; equal arguments give equal results. Time: for each threshold at which the sample divides in
// another way, linear in its size. Errors: kInvalidRequest for options out of range; kInvalidData
// for an empty sample, or a number in it that is out of range or NaN.
[[nodiscard]] Result<Certification> CertifyThreshold(std::span<const LabelledQuery> sample,
                                                     const CertificationOptions& options);

}  // namespace routellm::evaluation
