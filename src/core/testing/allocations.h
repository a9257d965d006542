// Counts memory allocations, for tests and benchmarks that promise to make none.
#pragma once

#include <cstddef>

namespace routellm {

// Calls of operator new by this thread since it began. A program that links allocations.cc gets it,
// and the operator.
[[nodiscard]] std::size_t AllocationsOfThisThread();

}  // namespace routellm
