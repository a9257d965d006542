// The best that any router could do: knowing both models' answers, send the queries that gain most.
#pragma once

#include "evaluation/curve.h"

namespace routellm::evaluation {

// The best quality with at most each share of strong calls, from none to all: one point for each
// whole number of calls, whose threshold is the gain (strong minus weak) that calls up to there
// bring. A call that would lose quality is not made, so that the curve never falls. Concave, and no
// router's curve lies above it.
[[nodiscard]] Curve OptimalCurve(const PairOutcomes& outcomes);

// The quality of `curve` at a share within it, in percent, linear between its points. Of the
// optimal curve with a fraction of a call: the expected value if chance decides on the last call.
[[nodiscard]] double QualityAt(const Curve& curve, double strong_share);

}  // namespace routellm::evaluation
