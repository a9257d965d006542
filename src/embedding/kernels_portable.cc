#include <bit>
#include <cmath>
#include <cstring>

#include "embedding/kernel_sets.h"

namespace routellm::embedding {
namespace portable {
namespace {

constexpr std::size_t kVectorBytes = 16;
constexpr std::size_t kTileRows = 2;
constexpr std::size_t kTileVectors = 4;
#define ROUTELLM_TARGET
#include "embedding/kernels_body.inc"
#undef ROUTELLM_TARGET

constexpr std::size_t kBytesPanel = kPanel;

void MultiplyBytes(const ByteProduct& product) {
  const auto* panels = static_cast<const std::int8_t*>(product.b);
  for (std::size_t row = 0; row < product.rows; ++row) {
    const std::int8_t* a = product.a + row * product.depth;
    float* out = product.out + row * product.out_stride;
    for (std::size_t column = 0; column < product.columns; column += kBytesPanel) {
      std::int32_t sums[kBytesPanel] = {};
      const std::int8_t* b = panels + column * product.depth;
      for (std::size_t k = 0; k < product.depth; k += kPack) {
        for (std::size_t i = 0; i < kBytesPanel; ++i) {
          for (std::size_t j = 0; j < kPack; ++j) sums[i] += a[k + j] * b[i * kPack + j];
        }
        b += kBytesPanel * kPack;
      }
      for (std::size_t i = 0; i < kBytesPanel && column + i < product.columns; ++i) {
        out[column + i] =
            static_cast<float>(sums[i]) * (product.a_scale[row] * product.b_scale[column + i]) +
            product.bias[column + i];
      }
    }
    Activate(product.activation, out, product.columns);
  }
}

std::size_t PackedBytes(std::size_t depth, std::size_t columns) {
  return depth * ((columns + kBytesPanel - 1) / kBytesPanel * kBytesPanel);
}

void PackBytes(const std::int8_t* rows, std::size_t depth, std::size_t columns, void* out) {
  auto* packed = static_cast<std::int8_t*>(out);
  std::memset(packed, 0, PackedBytes(depth, columns));
  for (std::size_t column = 0; column < columns; ++column) {
    std::int8_t* panel = packed + column / kBytesPanel * kBytesPanel * depth;
    for (std::size_t k = 0; k < depth; ++k) {
      panel[(k / kPack * kBytesPanel + column % kBytesPanel) * kPack + k % kPack] =
          rows[column * depth + k];
    }
  }
}

}  // namespace
}  // namespace portable

const Kernels kPortableKernels{.name = "portable",
                               .panel = portable::kPanel,
                               .multiply = portable::Multiply,
                               .multiply_bytes = portable::MultiplyBytes,
                               .packed_bytes = portable::PackedBytes,
                               .pack_bytes = portable::PackBytes,
                               .softmax = portable::Softmax,
                               .layer_norm = portable::LayerNorm,
                               .activate = portable::Activate,
                               .quantize = portable::Quantize};

}  // namespace routellm::embedding
