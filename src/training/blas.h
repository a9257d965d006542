// BLIS, which Eigen calls for products of matrices, made safe before the first call.
#pragma once

namespace routellm::training {

// Turns off the kernels for small and thin matrices: those of version 0.9 for AVX2 read beyond the
// end of a matrix, which ends the program where no memory follows. The others work on copies with
// room. Not thread-safe.
bool TurnOffSmallProducts();

// In every program that multiplies, before main.
inline const bool kSmallProductsAreOff = TurnOffSmallProducts();

}  // namespace routellm::training
