// Tests of one mean loss, and how many observations they take.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "evaluation/certified_threshold.h"

namespace routellm::evaluation {

// Whether `losses`, independent observations in random order, each in [-1, 1] (kHoeffdingBentkus:
// in [0, 1]), reject a mean above `limit`, in (0, 1). Rejects a true one with a probability of at
// most `error_rate`, in (0, 1). A larger limit or error rate never turns a rejection into none.
[[nodiscard]] bool RejectsMeanAbove(double limit, std::span<const double> losses, double error_rate,
                                    LossBound bound);

// About how many observations would reject it if all were like these: log(1 / error_rate) divided
// by what one of them adds, on average, to the logarithm of the evidence. None if the mean is not
// below the limit.
[[nodiscard]] std::optional<std::size_t> ObservationsNeeded(double limit,
                                                            std::span<const double> losses,
                                                            double error_rate, LossBound bound);

}  // namespace routellm::evaluation
