#include "embedding/kernel_sets.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

namespace routellm::embedding {
namespace avx512 {
namespace {

constexpr std::size_t kVectorBytes = 64;
constexpr std::size_t kTileRows = 12;
constexpr std::size_t kTileVectors = 2;
#define ROUTELLM_TARGET [[gnu::target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")]]
#define ROUTELLM_VNNI [[gnu::target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]]
#include "embedding/kernels_body.inc"

// The instruction multiplies unsigned by signed bytes: a + 128 is unsigned, and sums begin at -128
// times those of b, which stand before the panels.
struct ShiftedProduct : ByteProduct {
  const std::uint8_t* shifted_a;
  const std::int32_t* starts;
  const std::int8_t* panels;
};

template <std::size_t kRows>
ROUTELLM_VNNI [[gnu::always_inline]] inline void ShiftedTile(const ShiftedProduct& product,
                                                             std::size_t row, std::size_t column) {
  __m512i sums[kRows][kTileVectors];
#pragma GCC unroll 4
  for (std::size_t v = 0; v < kTileVectors; ++v) {
    const __m512i start = _mm512_loadu_si512(product.starts + column + v * kLanes);
#pragma GCC unroll 16
    for (std::size_t i = 0; i < kRows; ++i) sums[i][v] = start;
  }
  const std::uint8_t* a = product.shifted_a + row * product.depth;
  const std::int8_t* b = product.panels + column * product.depth;
  for (std::size_t k = 0; k < product.depth; k += kPack, b += kPack * kPanel) {
    __m512i weights[kTileVectors];
#pragma GCC unroll 4
    for (std::size_t v = 0; v < kTileVectors; ++v)
      weights[v] = _mm512_loadu_si512(b + v * kPack * kLanes);
#pragma GCC unroll 16
    for (std::size_t i = 0; i < kRows; ++i) {
      std::int32_t four;
      std::memcpy(&four, a + i * product.depth + k, sizeof four);
      const __m512i x = _mm512_set1_epi32(four);
#pragma GCC unroll 4
      for (std::size_t v = 0; v < kTileVectors; ++v)
        sums[i][v] = _mm512_dpbusd_epi32(sums[i][v], x, weights[v]);
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

template <std::size_t kRows>
ROUTELLM_VNNI void ShiftedRows(const ShiftedProduct& product, std::size_t row, std::size_t end,
                               std::size_t column) {
  for (; row + kRows <= end; row += kRows) ShiftedTile<kRows>(product, row, column);
  if constexpr (kRows > 1) ShiftedRows<kRows / 2>(product, row, end, column);
}

std::size_t PaddedColumns(std::size_t columns) { return (columns + kPanel - 1) / kPanel * kPanel; }

ROUTELLM_VNNI void MultiplyBytes(const ByteProduct& product) {
  std::vector<std::uint8_t> shifted(product.rows * product.depth);
  for (std::size_t i = 0; i < shifted.size(); ++i) {
    shifted[i] = static_cast<std::uint8_t>(static_cast<std::uint8_t>(product.a[i]) ^ 0x80U);
  }
  ShiftedProduct of_shifted;
  static_cast<ByteProduct&>(of_shifted) = product;
  of_shifted.shifted_a = shifted.data();
  of_shifted.starts = static_cast<const std::int32_t*>(product.b);
  of_shifted.panels =
      reinterpret_cast<const std::int8_t*>(of_shifted.starts + PaddedColumns(product.columns));
  constexpr std::size_t kBlock = kTileRows * 10;
  for (std::size_t row = 0; row < product.rows; row += kBlock) {
    const std::size_t end = row + kBlock < product.rows ? row + kBlock : product.rows;
    for (std::size_t column = 0; column < product.columns; column += kPanel) {
      ShiftedRows<kTileRows>(of_shifted, row, end, column);
    }
  }
}

std::size_t PackedBytes(std::size_t depth, std::size_t columns) {
  return PaddedColumns(columns) * (sizeof(std::int32_t) + depth);
}

void PackBytes(const std::int8_t* rows, std::size_t depth, std::size_t columns, void* out) {
  std::memset(out, 0, PackedBytes(depth, columns));
  auto* starts = static_cast<std::int32_t*>(out);
  auto* packed = reinterpret_cast<std::int8_t*>(starts + PaddedColumns(columns));
  for (std::size_t column = 0; column < columns; ++column) {
    std::int8_t* panel = packed + column / kPanel * kPanel * depth;
    for (std::size_t k = 0; k < depth; ++k) {
      const std::int8_t value = rows[column * depth + k];
      starts[column] -= 128 * value;
      panel[(k / kPack * kPanel + column % kPanel) * kPack + k % kPack] = value;
    }
  }
}

#undef ROUTELLM_TARGET
#undef ROUTELLM_VNNI

}  // namespace
}  // namespace avx512

const Kernels kAvx512Kernels{.name = "AVX-512",
                             .panel = avx512::kPanel,
                             .multiply = avx512::Multiply,
                             .multiply_bytes = avx2::MultiplyBytes,
                             .packed_bytes = avx2::PackedBytes,
                             .pack_bytes = avx2::PackBytes,
                             .softmax = avx512::Softmax,
                             .layer_norm = avx512::LayerNorm,
                             .activate = avx512::Activate,
                             .quantize = avx512::Quantize};

const Kernels kAvx512VnniKernels{.name = "AVX-512 VNNI",
                                 .panel = avx512::kPanel,
                                 .multiply = avx512::Multiply,
                                 .multiply_bytes = avx512::MultiplyBytes,
                                 .packed_bytes = avx512::PackedBytes,
                                 .pack_bytes = avx512::PackBytes,
                                 .softmax = avx512::Softmax,
                                 .layer_norm = avx512::LayerNorm,
                                 .activate = avx512::Activate,
                                 .quantize = avx512::Quantize};

}  // namespace routellm::embedding

#endif
