// The arithmetic of an encoder, for the instruction sets of processors that the program may meet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "embedding/activation.h"

namespace routellm::embedding {

// out = activation(a b + bias), where a is of rows x depth, b of depth x columns.
//
// b lies in panels of Kernels::panel columns, side by side: first what all rows of b have in the
// first panel's columns, and so on, columns beyond the last being zero.
struct FloatProduct {
  const float* a;
  std::size_t a_stride;  // from one row to the next
  std::size_t rows;
  std::size_t depth;
  const float* b;
  const float* bias;  // null, or one for each column of all panels
  std::size_t columns;
  float* out;
  std::size_t out_stride;
  Activation activation = Activation::kNone;
};

// The same with whole numbers that stand for others: out = activation(a_scale b_scale (a b) +
// bias). Products and sums are exact.
//
// Panels as above, but that kPack rows of b lie together: for each column of the panel those of
// rows 0 to kPack - 1, then the next rows. Rows of a and b are padded with zeros to a multiple of
// kPack; depth counts these.
struct ByteProduct {
  const std::int8_t* a;  // rows x depth
  const float* a_scale;  // for each row
  std::size_t rows;
  std::size_t depth;  // at most 2^16
  const void* b;      // Kernels::pack_bytes wrote it
  const float* b_scale;
  const float* bias;
  std::size_t columns;
  float* out;
  std::size_t out_stride;
  Activation activation = Activation::kNone;
};

inline constexpr std::size_t kPack = 4;

// All functions are thread-safe. Those of two instruction sets differ by rounding only.
struct Kernels {
  const char* name;
  std::size_t panel;
  void (*multiply)(const FloatProduct& product);
  void (*multiply_bytes)(const ByteProduct& product);
  // The space that pack_bytes needs for depth x columns numbers, in bytes.
  std::size_t (*packed_bytes)(std::size_t depth, std::size_t columns);
  // Lays out the numbers of `columns` rows of `depth`: b transposed.
  void (*pack_bytes)(const std::int8_t* rows, std::size_t depth, std::size_t columns, void* out);
  // row = exp(row_i) / sum of all exp(row_j), relative error about 1e-6, for numbers of any size.
  void (*softmax)(float* row, std::size_t size);
  // row = (row - mean) / sqrt(variance + epsilon) * weight + bias (Ba et al., 2016).
  void (*layer_norm)(float* row, const float* weight, const float* bias, std::size_t size,
                     float epsilon);
  void (*activate)(Activation activation, float* values, std::size_t size);
  // Rounds a row to multiples of the result: its greatest magnitude / 127. Rows that hold numbers
  // which are not finite give anything.
  float (*quantize)(const float* row, std::size_t size, std::int8_t* out);
};

// Those that this processor can run, the quickest first; the last is the portable one.
[[nodiscard]] std::span<const Kernels* const> SupportedKernels();

}  // namespace routellm::embedding
