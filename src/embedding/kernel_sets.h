// The sets of kernels.h, of which SupportedKernels chooses.
#pragma once

#include "embedding/kernels.h"

namespace routellm::embedding {

extern const Kernels kPortableKernels;

#if defined(__x86_64__)
extern const Kernels kAvx2Kernels;        // needs AVX2 and FMA
extern const Kernels kAvx512Kernels;      // needs AVX-512 F, BW, DQ and VL; bytes by AVX2
extern const Kernels kAvx512VnniKernels;  // needs AVX-512 VNNI besides

// Of kAvx2Kernels.
namespace avx2 {
void MultiplyBytes(const ByteProduct& product);
std::size_t PackedBytes(std::size_t depth, std::size_t columns);
void PackBytes(const std::int8_t* rows, std::size_t depth, std::size_t columns, void* out);
}  // namespace avx2
#endif

}  // namespace routellm::embedding
