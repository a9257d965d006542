// The functions between the matrix products of a transformer, on rows of numbers. All are pure and
// thread-safe; written so that compilers make vector instructions of them.
#pragma once

#include <cstdint>
#include <span>

namespace routellm::embedding {

enum class Activation : std::uint8_t {
  kGelu,      // x Phi(x), by the error function (Hendrycks and Gimpel, 2016); to 1e-6
  kGeluTanh,  // its approximation by the hyperbolic tangent ("gelu_new")
  kRelu,
};

void Activate(Activation activation, std::span<float> values);

// exp(x_i) / sum_j exp(x_j), relative error about 1e-6. Numbers may be of any size.
void Softmax(std::span<float> row);

// (x - mean) / sqrt(variance + epsilon) * weight + bias of one row (Ba et al., 2016). All spans are
// of one length.
void LayerNorm(std::span<const float> weight, std::span<const float> bias, float epsilon,
               std::span<float> row);

}  // namespace routellm::embedding
