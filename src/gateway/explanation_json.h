// An explanation as the gateway and `routellm route` give it to programs.
#pragma once

#include <cstddef>
#include <string>

#include "routing/explanation.h"

namespace routellm::gateway {

// {"basis":TEXT,"compared_with":TEXT,"reasons":[{"what":TEXT,"effect":NUMBER},...]}, at most
// `limit` reasons.
[[nodiscard]] std::string ExplanationJson(const routing::Explanation& explanation,
                                          std::size_t limit);

}  // namespace routellm::gateway
