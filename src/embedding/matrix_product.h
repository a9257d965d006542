// Products of single-precision matrices, by OpenBLAS on the caller's thread.
#pragma once

#include <cstddef>

namespace routellm::embedding {

// Rows of numbers that lie `stride` apart; part of somebody else's matrix.
template <typename T>
struct Block {
  T* data;
  std::size_t rows;
  std::size_t columns;
  std::size_t stride;
};
using ConstBlock = Block<const float>;

// out = a b, where a is of m x k, b of k x n and out of m x n. Thread-safe.
void Multiply(ConstBlock a, ConstBlock b, Block<float> out);
// out = a b^T, where b is of n x k.
void MultiplyTransposed(ConstBlock a, ConstBlock b, Block<float> out);
// out += a b^T.
void AddTransposedProduct(ConstBlock a, ConstBlock b, Block<float> out);

}  // namespace routellm::embedding
