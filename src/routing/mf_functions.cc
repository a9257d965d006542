#include "routing/mf_functions.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace routellm::routing {
namespace {

double Sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

}  // namespace

double LinearFunction::operator()(const PromptColumns& columns) const {
  // Four sums, so that an addition need not wait for the one before it.
  std::array<double, 4> sums{};
  std::size_t i = 0;
  for (; i + sums.size() <= weights.size(); i += sums.size()) {
    for (std::size_t lane = 0; lane < sums.size(); ++lane)
      sums[lane] += double{weights[i + lane]} * columns[i + lane];
  }
  for (; i < weights.size(); ++i) sums[0] += double{weights[i]} * columns[i];
  return bias + (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

MfParts PartsOf(const MfFunctions& functions, const PromptColumns& columns,
                const PairAbilities& pair) {
  const double easiness = functions.easiness(columns);
  const double discrimination = functions.discrimination(columns);
  const double strong = functions.Coordinate(pair.strong);
  const double weak = functions.Coordinate(pair.weak);
  return {.strong_success = Sigmoid(pair.strong + easiness + strong * discrimination),
          .weak_success = Sigmoid(pair.weak + easiness + weak * discrimination),
          .vote = 2.0 * Sigmoid((strong - weak) * functions.preference(columns)) - 1.0,
          .chat = functions.chat_share * Sigmoid(functions.is_chat(columns))};
}

double GapLogit(double gap) {
  const double raw = std::clamp((1.0 + gap) / 2.0, 1e-6, 1.0 - 1e-6);
  return std::log(raw / (1.0 - raw));
}

double GapCalibration::WinRate(double gap) const { return Sigmoid(slope * GapLogit(gap) + offset); }

}  // namespace routellm::routing
