// The part of an `mf` router that was learnt from labels of one's own, on top of what its
// checkpoint knew before.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "embedding/embedder.h"
#include "routing/mf_functions.h"
#include "routing/prompt_columns.h"
#include "text/feature_bag.h"
#include "text/hashed_features.h"

namespace routellm::routing {

// A linear function of the embeddings that one embedder makes, scaled to length 1.
struct EmbeddingFunction {
  embedding::EmbedderIdentity embedder;  // the name is empty where it is not known
  std::vector<float> weights;            // [embedder.dimension]

  // 0 for an embedding that is all zero.
  [[nodiscard]] double operator()(std::span<const float> embedding) const;
};

// What a prompt is like besides its words, in a few numbers: linear functions of its base columns
// and of its embedding scaled to length 1, all of them together scaled to length 1.
struct ContextFunction {
  static constexpr std::size_t kSize = 15;
  using Values = std::array<float, kSize>;

  std::vector<float> weights;  // [kSize, kBaseColumns + embedding dimension], the columns first
  std::vector<float> biases;   // [kSize]

  // `embedding` is empty where there is none. Zero where nothing is left to be scaled.
  [[nodiscard]] Values operator()(const PromptColumns& columns,
                                  std::span<const float> embedding) const;
};

// Adds to the gap of a prompt with the columns c, the hashed features f, the embedding e and the
// context u
//
//   columns(c) + embedding(e)
//     + sum over b of idf_b * f_b * (weight_b,0 + sum over k of weight_b,k * u_k) / |idf * f|.
struct OwnLabels {
  // Of a hashed feature: one whatever the context, and one for each number of the context.
  static constexpr std::size_t kWeights = 1 + ContextFunction::kSize;

  double prior_share = 1.0;  // of the gap that was known before, in [0, 1]: what it is scaled with
  LinearFunction columns;    // [kPromptColumns]
  text::HashedFeatureSpec features;
  std::vector<float> idf;      // [features.Buckets()], >= 0
  std::vector<float> weights;  // [features.Buckets(), kWeights]
  ContextFunction context;
  // Where there is one, an embedding must be given to Term.
  std::optional<EmbeddingFunction> embedding = {};

  // What is added; `bag` holds the features of the prompt.
  [[nodiscard]] double Term(const PromptColumns& prompt, const text::FeatureBag& bag,
                            std::span<const float> prompt_embedding) const;
};

}  // namespace routellm::routing
