#include "routing/random_router.h"

#include <random>

namespace routellm::routing {
namespace {

std::uint64_t SystemSeed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

// The n-th output of splitmix64 (Steele, Lea, Flood, OOPSLA 2014), which is computed from n
// directly.
std::uint64_t SplitMix64(std::uint64_t seed, std::uint64_t n) {
  std::uint64_t z = seed + (n + 1) * 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

}  // namespace

RandomRouter::RandomRouter(std::optional<std::uint64_t> seed)
    : info_{.name = "random",
            .strong_model = {},
            .weak_model = {},
            .evidence = EvidenceKind::kNone,
            .description = "a random win rate, independent of the prompt",
            .win_rate_quantiles = {0.0, 1.0}},
      seed_(seed ? *seed : SystemSeed()) {}

Result<WinRate> RandomRouter::Score(const Query&, const Evidence&) const {
  const std::uint64_t bits = SplitMix64(seed_, calls_.fetch_add(1, std::memory_order_relaxed));
  return WinRate::Clamped(static_cast<double>(bits >> 11) * 0x1p-53);
}

}  // namespace routellm::routing
