// The arithmetic of scores from 1 to 5, common to the routers that predict them.
#pragma once

#include "core/win_rate.h"
#include "routing/router.h"

namespace routellm::routing {

// 1 - P(score >= 4), under the softmax of the log-probabilities: how likely the weak model's answer
// does not suffice (Ong et al., RouteLLM, arXiv:2406.18665, section 4.2). 1, which leaves it to the
// strong model, if none of the scores is considered.
[[nodiscard]] WinRate WinRateOf(const ScoreDistribution& scores);

}  // namespace routellm::routing
