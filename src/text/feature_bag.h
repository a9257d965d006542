// A prompt as a sparse vector of hashed features.
#pragma once

#include <cstdint>
#include <vector>

namespace routellm::text {

// The hashed features of one text. Reuse one bag for many texts: its
// vectors keep their capacity, so that a warm bag is filled without allocation.
struct FeatureBag {
  std::vector<std::uint32_t> buckets;  // distinct; each < 2^bucket_bits of the extractor
  std::vector<float> weights;          // same length, each > 0; L2 norm 1 unless empty
};

}  // namespace routellm::text
