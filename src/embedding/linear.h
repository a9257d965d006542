// A layer of a network: out = activation(weight in + bias).
#pragma once

#include <cstddef>
#include <span>

#include "embedding/activation.h"
#include "embedding/aligned_vector.h"
#include "embedding/kernels.h"
#include "embedding/precision.h"

namespace routellm::embedding {

// In 8 bits each output's weights are rounded together, each input's numbers when they come;
// products and sums of what is rounded are exact. Immutable and thread-safe.
class Linear {
 public:
  Linear() = default;
  // `weight` is of outputs x inputs, at most 2^16 inputs; `bias` has a number for each output.
  // `kernels` must be of SupportedKernels().
  Linear(std::span<const float> weight, std::span<const float> bias, Precision precision,
         const Kernels& kernels);

  // For each row of inputs in `in` one of outputs in `out`.
  void Apply(std::span<const float> in, Activation activation, std::span<float> out) const;

  [[nodiscard]] std::size_t inputs() const { return inputs_; }
  [[nodiscard]] std::size_t outputs() const { return outputs_; }

 private:
  void ApplyBytes(std::span<const float> in, Activation activation, std::span<float> out) const;

  const Kernels* kernels_ = nullptr;
  std::size_t inputs_ = 0;
  std::size_t outputs_ = 0;
  AlignedVector<float> panels_;      // kFloat
  AlignedVector<std::byte> packed_;  // kInt8
  AlignedVector<float> scale_;       // kInt8; padded as the bias is
  AlignedVector<float> bias_;
};

// Lays out b of depth x columns, whose rows lie `stride` apart, in `panels` for FloatProduct;
// `transposed`: the columns lie so instead. Makes `panels` as large as needed.
void PackPanels(const float* b, std::size_t stride, std::size_t depth, std::size_t columns,
                bool transposed, std::size_t panel, AlignedVector<float>& panels);

}  // namespace routellm::embedding
