#pragma once

#include <cstdint>

namespace routellm::embedding {

// In which many numbers are kept and multiplied: as they are, or rounded to multiples of 1/127 of
// the greatest among those that belong together, in a quarter of the memory. kInt4, multiples of
// 1/7 in an eighth, is for vectors that are compared, not for an encoder's weights.
enum class Precision : std::uint8_t { kFloat, kInt8, kInt4 };

}  // namespace routellm::embedding
