// Inner products at the speed of the machine.
#pragma once

#include <cstddef>
#include <cstdint>

namespace routellm::routing {

// The inner product of `size` numbers, in any alignment. Thread-safe. The implementation is chosen
// once for the processor (AVX-512, AVX2 or portable); they differ by rounding only: products are
// summed in 64 lanes of single precision and, every 1,024 numbers, in double, so that the error is
// at most about 2e-6 times the sum of the products' magnitudes, and usually a tenth of it.
[[nodiscard]] double DotProduct(const float* a, const float* b, std::size_t size);

// Exact. `size` at most 2^17, beyond which the sum might not fit.
[[nodiscard]] std::int32_t DotProduct(const std::int8_t* a, const std::int8_t* b, std::size_t size);

}  // namespace routellm::routing
