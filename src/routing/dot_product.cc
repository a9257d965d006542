#include "routing/dot_product.h"

#include <algorithm>

namespace routellm::routing {
namespace {

// Sixteen floats anywhere in memory, in as many registers as the target needs for them.
using Lanes [[gnu::vector_size(64), gnu::aligned(4), gnu::may_alias]] = float;

[[gnu::always_inline]] inline double DotFloats(const float* a, const float* b, std::size_t size) {
  constexpr std::size_t kLanes = 16;
  constexpr std::size_t kBlock = 1024;
  const auto at = [](const float* p) -> const Lanes& { return *reinterpret_cast<const Lanes*>(p); };
  double total = 0.0;
  std::size_t i = 0;
  while (i + kLanes <= size) {
    const std::size_t end = std::min(size, i + kBlock);
    Lanes sums[4] = {};
    for (; i + 4 * kLanes <= end; i += 4 * kLanes) {
      sums[0] += at(a + i) * at(b + i);
      sums[1] += at(a + i + kLanes) * at(b + i + kLanes);
      sums[2] += at(a + i + 2 * kLanes) * at(b + i + 2 * kLanes);
      sums[3] += at(a + i + 3 * kLanes) * at(b + i + 3 * kLanes);
    }
    for (; i + kLanes <= end; i += kLanes) sums[0] += at(a + i) * at(b + i);
    const Lanes sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    for (std::size_t lane = 0; lane < kLanes; ++lane) total += double{sum[lane]};
  }
  for (; i < size; ++i) total += double{a[i]} * b[i];
  return total;
}

// A loop that compilers turn into multiply-add instructions on 16-bit lanes.
[[gnu::always_inline]] inline std::int32_t DotBytes(const std::int8_t* a, const std::int8_t* b,
                                                    std::size_t size) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < size; ++i) sum += std::int32_t{a[i]} * b[i];
  return sum;
}

struct Implementation {
  double (*floats)(const float*, const float*, std::size_t);
  std::int32_t (*bytes)(const std::int8_t*, const std::int8_t*, std::size_t);
};

constexpr Implementation kPortable{
    [](const float* a, const float* b, std::size_t size) { return DotFloats(a, b, size); },
    [](const std::int8_t* a, const std::int8_t* b, std::size_t size) {
      return DotBytes(a, b, size);
    }};

#if defined(__x86_64__)

#define ROUTELLM_AVX2 [[gnu::target("avx2,fma")]]
#define ROUTELLM_AVX512 [[gnu::target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")]]

ROUTELLM_AVX2 double FloatsAvx2(const float* a, const float* b, std::size_t size) {
  return DotFloats(a, b, size);
}
ROUTELLM_AVX2 std::int32_t BytesAvx2(const std::int8_t* a, const std::int8_t* b, std::size_t size) {
  return DotBytes(a, b, size);
}
ROUTELLM_AVX512 double FloatsAvx512(const float* a, const float* b, std::size_t size) {
  return DotFloats(a, b, size);
}
ROUTELLM_AVX512 std::int32_t BytesAvx512(const std::int8_t* a, const std::int8_t* b,
                                         std::size_t size) {
  return DotBytes(a, b, size);
}

Implementation Choose() {
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl")) {
    return {FloatsAvx512, BytesAvx512};
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return {FloatsAvx2, BytesAvx2};
  return kPortable;
}

#else

Implementation Choose() { return kPortable; }

#endif

const Implementation& Chosen() {
  static const Implementation chosen = Choose();
  return chosen;
}

}  // namespace

double DotProduct(const float* a, const float* b, std::size_t size) {
  return Chosen().floats(a, b, size);
}

std::int32_t DotProduct(const std::int8_t* a, const std::int8_t* b, std::size_t size) {
  return Chosen().bytes(a, b, size);
}

}  // namespace routellm::routing
