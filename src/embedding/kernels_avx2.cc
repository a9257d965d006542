#include "embedding/kernel_sets.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

namespace routellm::embedding {
namespace avx2 {
namespace {

constexpr std::size_t kVectorBytes = 32;
constexpr std::size_t kTileRows = 6;
constexpr std::size_t kTileVectors = 2;
#define ROUTELLM_TARGET [[gnu::target("avx2,fma")]]
#include "embedding/kernels_body.inc"

// Numbers are widened to 16 bits, of which the processor multiplies pairs and adds both products.
struct WideProduct : ByteProduct {
  const std::int16_t* wide_a;
};

template <std::size_t kRows>
ROUTELLM_TARGET [[gnu::always_inline]] inline void MultiplyTile(const WideProduct& product,
                                                                std::size_t row,
                                                                std::size_t column) {
  __m256i sums[kRows][kTileVectors];
#pragma GCC unroll 16
  for (auto& of_row : sums) {
#pragma GCC unroll 4
    for (__m256i& sum : of_row) sum = _mm256_setzero_si256();
  }
  const std::int16_t* a = product.wide_a + row * product.depth;
  const auto* b = static_cast<const std::int16_t*>(product.b) + column * product.depth;
  for (std::size_t k = 0; k < product.depth; k += 2, b += 2 * kPanel) {
    __m256i weights[kTileVectors];
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kTileVectors; ++v)
      weights[v] = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(b + v * 2 * kLanes));
#pragma GCC unroll 16
    for (std::size_t i = 0; i < kRows; ++i) {
      std::int32_t pair;
      std::memcpy(&pair, a + i * product.depth + k, sizeof pair);
      const __m256i x = _mm256_set1_epi32(pair);
#pragma GCC unroll 4
      for (std::size_t v = 0; v < kTileVectors; ++v)
        sums[i][v] = _mm256_add_epi32(sums[i][v], _mm256_madd_epi16(x, weights[v]));
    }
  }
  Floats out[kRows][kTileVectors];
#pragma GCC unroll 4
  for (std::size_t v = 0; v < kTileVectors; ++v) {
    Floats scale;
    Floats bias;
    Load(product.b_scale + column + v * kLanes, scale);
    Load(product.bias + column + v * kLanes, bias);
#pragma GCC unroll 16
    for (std::size_t i = 0; i < kRows; ++i) {
      const Floats sum = __builtin_convertvector(reinterpret_cast<Ints>(sums[i][v]), Floats);
      out[i][v] = sum * (scale * product.a_scale[row + i]) + bias;
    }
  }
  StoreTile(out, product.columns - column, product.activation,
            product.out + row * product.out_stride + column, product.out_stride);
}

}  // namespace

ROUTELLM_TARGET void MultiplyBytes(const ByteProduct& product) {
  const std::vector<std::int16_t> wide(product.a, product.a + product.rows * product.depth);
  WideProduct widened;
  static_cast<ByteProduct&>(widened) = product;
  widened.wide_a = wide.data();
  MultiplyAll(widened);
}

std::size_t PackedBytes(std::size_t depth, std::size_t columns) {
  return sizeof(std::int16_t) * depth * ((columns + kPanel - 1) / kPanel * kPanel);
}

void PackBytes(const std::int8_t* rows, std::size_t depth, std::size_t columns, void* out) {
  auto* packed = static_cast<std::int16_t*>(out);
  std::memset(packed, 0, PackedBytes(depth, columns));
  for (std::size_t column = 0; column < columns; ++column) {
    std::int16_t* panel = packed + column / kPanel * kPanel * depth;
    for (std::size_t k = 0; k < depth; ++k) {
      // NOLINTNEXTLINE(bugprone-signed-char-misuse): they are numbers
      panel[(k / 2 * kPanel + column % kPanel) * 2 + k % 2] = rows[column * depth + k];
    }
  }
}

#undef ROUTELLM_TARGET

}  // namespace avx2

const Kernels kAvx2Kernels{.name = "AVX2",
                           .panel = avx2::kPanel,
                           .multiply = avx2::Multiply,
                           .multiply_bytes = avx2::MultiplyBytes,
                           .packed_bytes = avx2::PackedBytes,
                           .pack_bytes = avx2::PackBytes,
                           .softmax = avx2::Softmax,
                           .layer_norm = avx2::LayerNorm,
                           .activate = avx2::Activate,
                           .quantize = avx2::Quantize};

}  // namespace routellm::embedding

#endif
