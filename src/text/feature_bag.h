// A prompt as numbers: the input of the built-in embedder.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace routellm::text {

// Sparse hashed features and a few dense facts of one text. Reuse one bag for many texts: its
// vectors keep their capacity, so that a warm bag is filled without allocation.
struct FeatureBag {
  static constexpr std::size_t kDenseFacts = 16;

  std::vector<std::uint32_t> buckets;  // distinct; each < 2^bucket_bits of the extractor
  std::vector<float> weights;          // same length, each > 0; L2 norm 1 unless empty
  std::array<float, kDenseFacts>
      dense{};  // each in [0, 1]; named by DenseFacts() of text/dense_facts.h
};

}  // namespace routellm::text
