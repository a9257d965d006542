// A checkpoint with random parameters, for tests and benchmarks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "routing/mf_checkpoint.h"

namespace routellm::routing {

// Valid, reproducible: equal arguments give equal parameters. Models "model-0" (strong), "model-1"
// (weak), "model-2".
inline MfCheckpoint RandomMfCheckpoint(std::uint64_t seed, int bucket_bits, std::size_t dimension) {
  std::mt19937_64 random(seed);
  const auto values = [&](std::size_t size) {
    std::vector<float> drawn(size);
    for (float& value : drawn) value = static_cast<float>(random() >> 40) * 0x1p-23f - 1.0f;
    return drawn;
  };
  MfCheckpoint checkpoint;
  checkpoint.features.bucket_bits = bucket_bits;
  checkpoint.dimension = dimension;
  checkpoint.models = {"model-0", "model-1", "model-2"};
  checkpoint.strong_model = "model-0";
  checkpoint.weak_model = "model-1";
  checkpoint.slope = 1.25;
  checkpoint.offset = -0.5;
  for (std::size_t i = 0; i < MfCheckpoint::kPercentiles; ++i) {
    checkpoint.win_rate_percentiles.push_back(static_cast<double>(i) / 128.0);
  }
  checkpoint.bucket_embeddings = values(checkpoint.features.Buckets() * dimension);
  checkpoint.dense_projection = values(text::FeatureBag::kDenseFacts * dimension);
  checkpoint.bias = values(dimension);
  checkpoint.model_vectors = values(checkpoint.models.size() * dimension);
  checkpoint.classifier = values(dimension);
  return checkpoint;
}

}  // namespace routellm::routing
