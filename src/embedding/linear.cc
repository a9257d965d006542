#include "embedding/linear.h"

#include <algorithm>
#include <vector>

namespace routellm::embedding {
namespace {

// At least as wide as the panels of all kernels.
constexpr std::size_t kWidestPanel = 64;

std::size_t RoundUp(std::size_t value, std::size_t step) {
  return (value + step - 1) / step * step;
}

}  // namespace

void PackPanels(const float* b, std::size_t stride, std::size_t depth, std::size_t columns,
                bool transposed, std::size_t panel, AlignedVector<float>& panels) {
  panels.resize(RoundUp(columns, panel) * depth);
  for (std::size_t begin = 0; begin < columns; begin += panel) {
    float* out = panels.data() + begin * depth;
    const std::size_t used = std::min(panel, columns - begin);
    for (std::size_t k = 0; k < depth; ++k, out += panel) {
      for (std::size_t i = 0; i < used; ++i) {
        out[i] = transposed ? b[(begin + i) * stride + k] : b[k * stride + begin + i];
      }
      std::fill(out + used, out + panel, 0.0F);
    }
  }
}

Linear::Linear(std::span<const float> weight, std::span<const float> bias, Precision precision,
               const Kernels& kernels)
    : kernels_(&kernels), inputs_(weight.size() / bias.size()), outputs_(bias.size()) {
  bias_.assign(RoundUp(outputs_, kWidestPanel), 0.0F);
  std::copy(bias.begin(), bias.end(), bias_.begin());
  if (precision == Precision::kFloat) {
    PackPanels(weight.data(), inputs_, inputs_, outputs_, true, kernels.panel, panels_);
    return;
  }
  const std::size_t depth = RoundUp(inputs_, kPack);
  std::vector<std::int8_t> rounded(outputs_ * depth);
  scale_.assign(bias_.size(), 0.0F);
  for (std::size_t row = 0; row < outputs_; ++row) {
    scale_[row] = kernels.quantize(&weight[row * inputs_], inputs_, &rounded[row * depth]);
  }
  packed_.resize(kernels.packed_bytes(depth, outputs_));
  kernels.pack_bytes(rounded.data(), depth, outputs_, packed_.data());
}

void Linear::Apply(std::span<const float> in, Activation activation, std::span<float> out) const {
  if (!packed_.empty()) return ApplyBytes(in, activation, out);
  kernels_->multiply({.a = in.data(),
                      .a_stride = inputs_,
                      .rows = in.size() / inputs_,
                      .depth = inputs_,
                      .b = panels_.data(),
                      .bias = bias_.data(),
                      .columns = outputs_,
                      .out = out.data(),
                      .out_stride = outputs_,
                      .activation = activation});
}

void Linear::ApplyBytes(std::span<const float> in, Activation activation,
                        std::span<float> out) const {
  const std::size_t rows = in.size() / inputs_;
  const std::size_t depth = RoundUp(inputs_, kPack);
  AlignedVector<std::int8_t> rounded(rows * depth);
  std::vector<float> scale(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    scale[row] = kernels_->quantize(&in[row * inputs_], inputs_, &rounded[row * depth]);
  }
  kernels_->multiply_bytes({.a = rounded.data(),
                            .a_scale = scale.data(),
                            .rows = rows,
                            .depth = depth,
                            .b = packed_.data(),
                            .b_scale = scale_.data(),
                            .bias = bias_.data(),
                            .columns = outputs_,
                            .out = out.data(),
                            .out_stride = outputs_,
                            .activation = activation});
}

}  // namespace routellm::embedding
