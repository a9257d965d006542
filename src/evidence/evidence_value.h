// Evidence that owns what it consists of.
#pragma once

#include <span>
#include <variant>
#include <vector>

#include "core/win_rate.h"
#include "routing/router.h"

namespace routellm::evidence {

using EvidenceValue =
    std::variant<std::monostate, std::vector<float>, routing::ScoreDistribution, WinRate>;

// Valid as long as `value`.
[[nodiscard]] inline routing::Evidence View(const EvidenceValue& value) {
  if (const auto* embedding = std::get_if<std::vector<float>>(&value))
    return std::span<const float>(*embedding);
  if (const auto* scores = std::get_if<routing::ScoreDistribution>(&value)) return *scores;
  if (const auto* win_rate = std::get_if<WinRate>(&value)) return *win_rate;
  return {};
}

}  // namespace routellm::evidence
