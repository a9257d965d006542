// One loop on all cores.
#pragma once

#include <cstddef>
#include <functional>

namespace routellm {

// Calls `work` once for each index below `count`, on as many threads as there are cores, in no
// particular order; returns when all calls have. `work` must be thread-safe and must not throw.
void ParallelFor(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace routellm
