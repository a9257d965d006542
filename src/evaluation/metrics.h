// What a call-performance curve amounts to in a number.
//
// Definitions as in RouteLLM (Ong et al., 2024, section 3): the performance gap is what the strong
// model reaches above the weak one. All functions are pure and thread-safe. A curve has at least
// one point.
#pragma once

#include <array>
#include <optional>

#include "evaluation/curve.h"

namespace routellm::evaluation {

// The area under the curve by the trapezoid rule, quality over strong share from 0 to 1.
[[nodiscard]] double Auc(const Curve& curve);

// Average performance gap recovered: the area between the curve and the weak model, as a part of
// the area between both models over the same shares. 0 is the weak model, 1 the strong one; random
// mixing has 0.5. None where the latter area is zero.
[[nodiscard]] std::optional<double> Apgr(const Curve& curve, const PairQuality& pair);

// Call-performance threshold, in percent: the smallest share of strong calls at which the curve,
// linear between its points, recovers `fraction` (in [0, 1]) of the gap. None where it never does
// and where the strong model is not the better one.
[[nodiscard]] std::optional<double> Cpt(const Curve& curve, const PairQuality& pair,
                                        double fraction);

// As Cpt, but what numpy.interp(quality, qualities, shares) gives: equal to Cpt where the quality
// rises strictly with the share. Where it does not, numpy's search, made for ascending values, ends
// at one of several crossings; outside the curve's qualities it gives the share of an end. None if
// it is not finite.
[[nodiscard]] std::optional<double> CptAsInterp(const Curve& curve, const PairQuality& pair,
                                                double fraction);

enum class CptRule { kSmallestShare, kInterp };

// The fractions of the gap that Metrics tells the CPT of.
inline constexpr std::array<double, 3> kCptFractions = {0.2, 0.5, 0.8};

struct Metrics {
  double auc = 0.0;
  std::optional<double> apgr;
  std::array<std::optional<double>, kCptFractions.size()> cpt;  // as kCptFractions
};

[[nodiscard]] Metrics ComputeMetrics(const Curve& curve, const PairQuality& pair, CptRule rule);

}  // namespace routellm::evaluation
