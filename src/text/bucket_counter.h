// Counts how often each bucket occurs in one text. Internal to HashedFeatures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "text/feature_bag.h"

namespace routellm::text {

// A frequency for each bucket, all zero between texts, and the list of those that are not. Counting
// takes no branch that depends on the text. Not thread-safe.
class BucketCounter {
 public:
  static constexpr std::size_t kMaxFrequency = 255;

  // Begins a text. Allocates if the number of buckets is another than last time.
  void Begin(int bucket_bits);

  void Add(std::span<const std::uint32_t> buckets) {
    std::uint8_t* const frequencies = frequencies_.get();
    std::uint32_t* const distinct = distinct_.get();
    std::size_t size = size_;
    for (const std::uint32_t bucket : buckets) {
      const unsigned frequency = frequencies[bucket];
      distinct[size] = bucket;
      size += static_cast<std::size_t>(frequency == 0);
      frequencies[bucket] =
          static_cast<std::uint8_t>(frequency + 1 - ((frequency + 1) >> 8));  // stops at 255
    }
    size_ = size;
  }

  // Ends the text: writes buckets and weights, which are 1 + ln(frequency), scaled to L2 norm 1.
  void Finish(FeatureBag& bag);

 private:
  int bucket_bits_ = 0;
  std::size_t size_ = 0;
  std::unique_ptr<std::uint8_t[]> frequencies_;
  std::unique_ptr<std::uint32_t[]>
      distinct_;  // one more than there are buckets: Add writes before it counts
};

}  // namespace routellm::text
