#include "embedding/hashed_embedder.h"

#include <cmath>
#include <cstdint>
#include <numeric>
#include <string>

#include "text/feature_bag.h"

namespace routellm::embedding {
namespace {

constexpr int kProjectionRevision = 1;  // of Place and the way it is used
constexpr std::uint32_t kPlaces = 4;

// Spreads a number over 64 bits (the finaliser of SplitMix64).
constexpr std::uint64_t Mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

void AddFeature(std::uint32_t bucket, float weight, std::span<float> row) {
  for (std::uint32_t place = 0; place < kPlaces; ++place) {
    const std::uint64_t hash = Mix(std::uint64_t{bucket} * kPlaces + place);
    // The upper half of the hash, scaled to the number of dimensions.
    const std::size_t dimension = ((hash >> 32) * row.size()) >> 32;
    row[dimension] += (hash & 1) != 0 ? weight : -weight;
  }
}

void ScaleToLengthOne(std::span<float> row) {
  const float length = std::sqrt(std::inner_product(row.begin(), row.end(), row.begin(), 0.0F));
  if (length == 0.0F) return;
  for (float& value : row) value /= length;
}

}  // namespace

HashedEmbedder::HashedEmbedder(std::size_t dimension)
    : identity_{"hashed", dimension,
                std::to_string(text::HashedFeatureSpec::kRevision) + "." +
                    std::to_string(kProjectionRevision)},
      features_(*text::HashedFeatures::Create({})) {}

Result<Matrix> HashedEmbedder::Embed(std::span<const std::string_view> texts) const {
  Matrix matrix{texts.size(), identity_.dimension, {}};
  matrix.values.resize(matrix.rows * matrix.columns);
  text::FeatureBag bag;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    features_.Extract(texts[i], bag);
    const std::span<float> row = matrix.Row(i);
    for (std::size_t j = 0; j < bag.buckets.size(); ++j) {
      AddFeature(bag.buckets[j], bag.weights[j], row);
    }
    ScaleToLengthOne(row);
  }
  return matrix;
}

}  // namespace routellm::embedding
