#include "text/bucket_counter.h"

#include <array>
#include <cmath>

namespace routellm::text {
namespace {

const auto kWeights = [] {
  std::array<float, BucketCounter::kMaxFrequency + 1> weights{};
  for (std::size_t frequency = 1; frequency < weights.size(); ++frequency) {
    weights[frequency] = static_cast<float>(1.0 + std::log(static_cast<double>(frequency)));
  }
  return weights;
}();

// Four sums, so that an addition need not wait for the one before it; the order is the same
// everywhere.
float SumOfSquares(std::span<const float> values) {
  std::array<float, 4> sums{};
  std::size_t i = 0;
  for (; i + 4 <= values.size(); i += 4) {
    for (std::size_t lane = 0; lane < 4; ++lane) sums[lane] += values[i + lane] * values[i + lane];
  }
  for (; i < values.size(); ++i) sums[0] += values[i] * values[i];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

}  // namespace

void BucketCounter::Begin(int bucket_bits) {
  size_ = 0;
  if (bucket_bits == bucket_bits_) return;
  const std::size_t buckets = std::size_t{1} << bucket_bits;
  frequencies_ = std::make_unique<std::uint8_t[]>(buckets);
  distinct_ = std::make_unique_for_overwrite<std::uint32_t[]>(buckets + 1);
  bucket_bits_ = bucket_bits;
}

void BucketCounter::Finish(FeatureBag& bag) {
  const std::span<const std::uint32_t> distinct(distinct_.get(), size_);
  bag.buckets.assign(distinct.begin(), distinct.end());
  bag.weights.resize(size_);
  const std::span<float> weights(bag.weights);
  for (std::size_t i = 0; i < distinct.size(); ++i) {
    weights[i] = kWeights[frequencies_[distinct[i]]];
    frequencies_[distinct[i]] = 0;
  }
  const float scale = weights.empty() ? 0.0f : 1.0f / std::sqrt(SumOfSquares(weights));
  for (float& weight : weights) weight *= scale;
}

}  // namespace routellm::text
