#include "routing/dot_product.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <algorithm>
#include <cstring>

namespace routellm::routing {
namespace {

// Sixteen floats, in as many registers as the target needs for them.
using Lanes [[gnu::vector_size(64)]] = float;

[[gnu::always_inline]] inline double DotFloats(const float* a, const float* b, std::size_t size) {
  constexpr std::size_t kLanes = 16;
  constexpr std::size_t kBlock = 1024;
  const auto add_products = [&](Lanes& sum, std::size_t begin) {
    Lanes x;
    Lanes y;
    std::memcpy(&x, a + begin, sizeof x);
    std::memcpy(&y, b + begin, sizeof y);
    sum += x * y;
  };
  double total = 0.0;
  std::size_t i = 0;
  while (i + kLanes <= size) {
    const std::size_t end = std::min(size, i + kBlock);
    Lanes sums[4] = {};
    for (; i + 4 * kLanes <= end; i += 4 * kLanes) {
      add_products(sums[0], i);
      add_products(sums[1], i + kLanes);
      add_products(sums[2], i + 2 * kLanes);
      add_products(sums[3], i + 3 * kLanes);
    }
    for (; i + kLanes <= end; i += kLanes) add_products(sums[0], i);
    const Lanes sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    for (std::size_t lane = 0; lane < kLanes; ++lane) total += double{sum[lane]};
  }
  for (; i < size; ++i) total += double{a[i]} * b[i];
  return total;
}

std::int32_t DotBytes(const std::int8_t* a, const std::int8_t* b, std::size_t size) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < size; ++i) sum += std::int32_t{a[i]} * b[i];
  return sum;
}

std::int32_t DotNibbles(const std::uint8_t* a, const std::int8_t* b, std::size_t blocks) {
  constexpr std::size_t kHalf = kNibbleBlock / 2;
  std::int32_t sum = 0;
  for (std::size_t block = 0; block < blocks; ++block, a += kHalf, b += kNibbleBlock) {
    for (std::size_t i = 0; i < kHalf; ++i)
      sum += (a[i] & 15) * std::int32_t{b[i]} + (a[i] >> 4) * std::int32_t{b[kHalf + i]};
  }
  return sum;
}

struct Implementation {
  double (*floats)(const float*, const float*, std::size_t);
  std::int32_t (*bytes)(const std::int8_t*, const std::int8_t*, std::size_t);
  std::int32_t (*nibbles)(const std::uint8_t*, const std::int8_t*, std::size_t);
};

constexpr Implementation kPortable{
    [](const float* a, const float* b, std::size_t size) { return DotFloats(a, b, size); },
    DotBytes, DotNibbles};

#if defined(__x86_64__)

#define ROUTELLM_AVX2 [[gnu::target("avx2,fma")]]
#define ROUTELLM_AVX512 [[gnu::target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")]]
#define ROUTELLM_VNNI [[gnu::target("avx512f,avx512bw,avx512vnni")]]

ROUTELLM_AVX2 double FloatsAvx2(const float* a, const float* b, std::size_t size) {
  return DotFloats(a, b, size);
}

ROUTELLM_AVX512 double FloatsAvx512(const float* a, const float* b, std::size_t size) {
  return DotFloats(a, b, size);
}

ROUTELLM_AVX2 std::int32_t BytesAvx2(const std::int8_t* a, const std::int8_t* b, std::size_t size) {
  __m256i sums = _mm256_setzero_si256();
  std::size_t i = 0;
  for (; i + 16 <= size; i += 16) {
    const auto wide_a =
        _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(a + i)));
    const auto wide_b =
        _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(b + i)));
    sums = _mm256_add_epi32(sums, _mm256_madd_epi16(wide_a, wide_b));
  }
  alignas(32) std::int32_t lanes[8];
  _mm256_store_si256(reinterpret_cast<__m256i*>(lanes), sums);
  std::int32_t sum = DotBytes(a + i, b + i, size - i);
  for (const std::int32_t lane : lanes) sum += lane;
  return sum;
}

// The instruction multiplies unsigned by signed bytes: a + 128 is unsigned, and 128 times the sum
// of b is subtracted again. Sums may wrap around; their difference fits.
ROUTELLM_VNNI std::int32_t BytesVnni(const std::int8_t* a, const std::int8_t* b, std::size_t size) {
  const __m512i shift = _mm512_set1_epi8(static_cast<char>(0x80));
  __m512i shifted = _mm512_setzero_si512();
  __m512i surplus = _mm512_setzero_si512();
  std::size_t i = 0;
  for (; i + 64 <= size; i += 64) {
    const __m512i of_a = _mm512_xor_si512(_mm512_loadu_si512(a + i), shift);
    const __m512i of_b = _mm512_loadu_si512(b + i);
    shifted = _mm512_dpbusd_epi32(shifted, of_a, of_b);
    surplus = _mm512_dpbusd_epi32(surplus, shift, of_b);
  }
  alignas(64) std::int32_t lanes[16];
  _mm512_store_si512(lanes, _mm512_sub_epi32(shifted, surplus));
  std::int32_t sum = DotBytes(a + i, b + i, size - i);
  for (const std::int32_t lane : lanes) sum += lane;
  return sum;
}

ROUTELLM_AVX2 inline __m256i BytesAt(const void* address) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(address));
}

// Products of two neighbours and their sum fit 16 bits: 2 * 15 * 127.
ROUTELLM_AVX2 std::int32_t NibblesAvx2(const std::uint8_t* a, const std::int8_t* b,
                                       std::size_t blocks) {
  const __m256i low = _mm256_set1_epi8(15);
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i sums = _mm256_setzero_si256();
  for (std::size_t half = 0; half < 2 * blocks; ++half) {
    const std::int8_t* of_b = b + half / 2 * kNibbleBlock + half % 2 * 32;
    const __m256i codes = BytesAt(a + half * 32);
    const __m256i first = _mm256_maddubs_epi16(_mm256_and_si256(codes, low), BytesAt(of_b));
    const __m256i second = _mm256_maddubs_epi16(_mm256_and_si256(_mm256_srli_epi16(codes, 4), low),
                                                BytesAt(of_b + kNibbleBlock / 2));
    sums = _mm256_add_epi32(sums, _mm256_madd_epi16(_mm256_add_epi16(first, second), ones));
  }
  alignas(32) std::int32_t lanes[8];
  _mm256_store_si256(reinterpret_cast<__m256i*>(lanes), sums);
  std::int32_t sum = 0;
  for (const std::int32_t lane : lanes) sum += lane;
  return sum;
}

ROUTELLM_VNNI std::int32_t NibblesVnni(const std::uint8_t* a, const std::int8_t* b,
                                       std::size_t blocks) {
  const __m512i low = _mm512_set1_epi8(15);
  __m512i first = _mm512_setzero_si512();
  __m512i second = _mm512_setzero_si512();
  for (std::size_t block = 0; block < blocks; ++block) {
    const __m512i codes = _mm512_loadu_si512(a + block * 64);
    first = _mm512_dpbusd_epi32(first, _mm512_and_si512(codes, low),
                                _mm512_loadu_si512(b + block * kNibbleBlock));
    second = _mm512_dpbusd_epi32(second, _mm512_and_si512(_mm512_srli_epi16(codes, 4), low),
                                 _mm512_loadu_si512(b + block * kNibbleBlock + 64));
  }
  alignas(64) std::int32_t lanes[16];
  _mm512_store_si512(lanes, _mm512_add_epi32(first, second));
  std::int32_t sum = 0;
  for (const std::int32_t lane : lanes) sum += lane;
  return sum;
}

Implementation Choose() {
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (!avx2) return kPortable;
  if (!avx512) return {FloatsAvx2, BytesAvx2, NibblesAvx2};
  if (!__builtin_cpu_supports("avx512vnni")) return {FloatsAvx512, BytesAvx2, NibblesAvx2};
  return {FloatsAvx512, BytesVnni, NibblesVnni};
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

std::int32_t NibbleDotProduct(const std::uint8_t* a, const std::int8_t* b, std::size_t blocks) {
  return Chosen().nibbles(a, b, blocks);
}

}  // namespace routellm::routing
