// What a call-performance curve amounts to in a number.
//
// Definitions as in RouteLLM (Ong et al., 2024, section 3): the performance gap is what the strong
// model reaches above the weak one. All functions are pure and thread-safe. A curve has at least
// one point.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "evaluation/cost.h"
#include "evaluation/curve.h"

namespace routellm::evaluation {

// The area under the curve by the trapezoid rule, quality over strong share from 0 to 1.
[[nodiscard]] double Auc(const Curve& curve);

// Average performance gap recovered: the area between the curve and the weak model, as a part of
// the area between both models over the same shares. 0 is the weak model, 1 the strong one; random
// mixing has 0.5. None where the latter area is zero.
[[nodiscard]] std::optional<double> Apgr(const Curve& curve, const PairQuality& pair);

// The same of a curve from no strong call to all, by the area under it.
[[nodiscard]] std::optional<double> ApgrOfArea(double area, const PairQuality& pair);

// The smallest share of strong calls, in percent, at which the curve, linear between its points,
// reaches `quality`. None where it never does.
[[nodiscard]] std::optional<double> ShareForQuality(const Curve& curve, double quality);

// Call-performance threshold, in percent: the share for the quality that recovers `fraction` (in
// [0, 1]) of the gap. None where the curve never does and where the strong model is not the better
// one.
[[nodiscard]] std::optional<double> Cpt(const Curve& curve, const PairQuality& pair,
                                        double fraction);

// As Cpt, but what numpy.interp(quality, qualities, shares) gives: equal to Cpt where the quality
// rises strictly with the share. Where it does not, numpy's search, made for ascending values, ends
// at one of several crossings; outside the curve's qualities it gives the share of an end. None if
// it is not finite.
[[nodiscard]] std::optional<double> CptAsInterp(const Curve& curve, const PairQuality& pair,
                                                double fraction);

// The quality that counts as nearly the strong model's, as a part of its own.
inline constexpr double kNearStrong = 0.95;

// Shares are in percent.
enum class Metric {
  kCpt20,
  kCpt50,
  kCpt80,
  kAuc,
  kApgr,
  kFullApgr,          // APGR with every distinct score as a threshold; not by ComputeMetrics
  kNearStrongShare,   // ShareForQuality of kNearStrong times the strong model's quality
  kNearStrongCost,    // MixCost there
  kNearStrongSaving,  // SavingAgainstRandom there
};

inline constexpr std::array<Metric, 9> kMetrics = {Metric::kCpt20,
                                                   Metric::kCpt50,
                                                   Metric::kCpt80,
                                                   Metric::kAuc,
                                                   Metric::kApgr,
                                                   Metric::kFullApgr,
                                                   Metric::kNearStrongShare,
                                                   Metric::kNearStrongCost,
                                                   Metric::kNearStrongSaving};

// The metric's key in JSON, such as "cpt20".
[[nodiscard]] std::string_view MetricKey(Metric metric);

// A value for each metric, none where it is undefined.
template <typename T>
class PerMetric {
 public:
  std::optional<T>& operator[](Metric metric) { return values_[static_cast<std::size_t>(metric)]; }
  const std::optional<T>& operator[](Metric metric) const {
    return values_[static_cast<std::size_t>(metric)];
  }

 private:
  std::array<std::optional<T>, kMetrics.size()> values_;
};

using Metrics = PerMetric<double>;

enum class CptRule { kSmallestShare, kInterp };

struct MetricOptions {
  CptRule rule = CptRule::kSmallestShare;  // of CPT alone
  PairPrices prices = {};
};

[[nodiscard]] Metrics ComputeMetrics(const Curve& curve, const PairQuality& pair,
                                     const MetricOptions& options);

}  // namespace routellm::evaluation
