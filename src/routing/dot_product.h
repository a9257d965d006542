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

// Numbers of 4 bits, from 0 to 15, two in a byte: in each block of 128, byte i holds number i in
// its low bits and number 64 + i in its high ones.
inline constexpr std::size_t kNibbleBlock = 128;

// Exact: the sum of a_i b_i over `blocks` blocks, `a` of 64 bytes and `b` of 128 each. At most 2^10
// blocks.
[[nodiscard]] std::int32_t NibbleDotProduct(const std::uint8_t* a, const std::int8_t* b,
                                            std::size_t blocks);

}  // namespace routellm::routing
