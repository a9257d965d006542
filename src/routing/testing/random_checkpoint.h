// A checkpoint with random parameters, for tests and benchmarks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "routing/mf_checkpoint.h"

namespace routellm::routing {

// Valid, reproducible: equal seeds give equal parameters. Models "model-0" (strong), "model-1"
// (weak), "model-2". With or without a part from own labels, of 2^12 hashed features, and of
// embeddings where `dimension` is not 0.
inline MfCheckpoint RandomMfCheckpoint(std::uint64_t seed, bool own_labels = false,
                                       std::size_t dimension = 0) {
  std::mt19937_64 random(seed);
  const auto draw = [&] { return static_cast<float>(random() >> 40) * 0x1p-23F - 1.0F; };
  const auto values = [&](std::size_t size, float scale) {
    std::vector<float> drawn(size);
    for (float& value : drawn) value = scale * draw();
    return drawn;
  };
  const auto function = [&](std::size_t columns) {
    return LinearFunction{values(columns, 0.3F), draw()};
  };
  MfCheckpoint checkpoint;
  checkpoint.words.words = {"capital", "france", "prove", "irrational", "return"};
  for (std::size_t i = 0; i < checkpoint.words.words.size() * text::WordTable::kDimension; ++i)
    checkpoint.words.codes.push_back(static_cast<std::int8_t>(random() % 255 - 127));
  for (std::size_t i = 0; i < checkpoint.words.words.size(); ++i) {
    checkpoint.words.scales.push_back(0.01F);
    checkpoint.words.weights.push_back(0.75F + 0.25F * draw());
  }
  for (float& mean : checkpoint.scale.means) mean = 0.1F * draw();
  for (float& deviation : checkpoint.scale.deviations) deviation = 0.5F + 0.3F * draw();
  checkpoint.functions = {.easiness = function(kPromptColumns),
                          .discrimination = function(kPromptColumns),
                          .ability_middle = 0.4,
                          .ability_range = 1.3,
                          .is_chat = function(kBaseColumns),
                          .preference = function(kBaseColumns),
                          .chat_share = 0.6};
  checkpoint.models = {"model-0", "model-1", "model-2"};
  checkpoint.abilities = {1.1, -0.3, -0.9};
  checkpoint.strong_model = "model-0";
  checkpoint.weak_model = "model-1";
  checkpoint.calibration = {.slope = 1.25, .offset = -0.5};
  for (std::size_t i = 0; i < MfCheckpoint::kPercentiles; ++i)
    checkpoint.win_rate_percentiles.push_back(static_cast<double>(i) / 128.0);
  if (own_labels) {
    OwnLabels own{.prior_share = 0.7,
                  .columns = function(kPromptColumns),
                  .features = {},
                  .idf = {},
                  .weights = {},
                  .context = {}};
    own.features.bucket_bits = 12;
    own.features.max_ngram = 0;
    own.idf = values(own.features.Buckets(), 1.0F);
    for (float& idf : own.idf) idf = 2.0F + idf;
    own.weights = values(own.features.Buckets() * OwnLabels::kWeights, 0.2F);
    own.context = {.weights = values(ContextFunction::kSize * (kBaseColumns + dimension), 0.3F),
                   .biases = values(ContextFunction::kSize, 0.3F)};
    if (dimension > 0) {
      own.embedding = EmbeddingFunction{.embedder = {"some embedder", dimension, "1"},
                                        .weights = values(dimension, 0.5F)};
    }
    checkpoint.own_labels = std::move(own);
  }
  return checkpoint;
}

}  // namespace routellm::routing
