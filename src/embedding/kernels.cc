#include "embedding/kernels.h"

#include <vector>

#include "embedding/kernel_sets.h"

namespace routellm::embedding {
namespace {

std::vector<const Kernels*> Find() {
  std::vector<const Kernels*> found;
#if defined(__x86_64__)
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vl");
  if (avx512 && __builtin_cpu_supports("avx512vnni")) found.push_back(&kAvx512VnniKernels);
  if (avx512) found.push_back(&kAvx512Kernels);
  if (avx2) found.push_back(&kAvx2Kernels);
#endif
  found.push_back(&kPortableKernels);
  return found;
}

}  // namespace

std::span<const Kernels* const> SupportedKernels() {
  static const std::vector<const Kernels*> found = Find();
  return found;
}

}  // namespace routellm::embedding
