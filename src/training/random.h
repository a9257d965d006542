// Reproducible random numbers that depend on what they are for, and not on the order in which
// threads ask.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace routellm::training {

// SplitMix64 (Steele, Lea, Flood 2014). Cheap to seed: one per query and epoch.
class Random {
 public:
  // Equal keys give equal sequences.
  Random(std::initializer_list<std::uint64_t> keys) {
    for (const std::uint64_t key : keys) state_ = Next() ^ key;
  }

  std::uint64_t Next() {
    std::uint64_t x = state_ += 0x9E3779B97F4A7C15;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
    return x ^ (x >> 31);
  }

  // In [0, 1).
  float Uniform() { return static_cast<float>(Next() >> 40) * 0x1p-24F; }

  // In [0, count); count > 0.
  std::uint32_t Below(std::uint32_t count) {
    return static_cast<std::uint32_t>(((Next() >> 32) * count) >> 32);
  }

 private:
  std::uint64_t state_ = 0;
};

}  // namespace routellm::training
