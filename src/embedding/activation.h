#pragma once

#include <cstdint>

namespace routellm::embedding {

// The function between two layers of a network.
enum class Activation : std::uint8_t {
  kNone,
  kGelu,      // x Phi(x), by the error function (Hendrycks and Gimpel, 2016); to 1e-6
  kGeluTanh,  // its approximation by the hyperbolic tangent ("gelu_new")
  kRelu,
};

}  // namespace routellm::embedding
