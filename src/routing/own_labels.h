// The part of an `mf` router that was learnt from labels of one's own, on top of what its
// checkpoint knew before.
#pragma once

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

// Adds to the gap of a prompt with the columns c, the hashed features f and the embedding e
//
//   columns(c) + sum of idf_b * f_b * weight_b / |idf * f| + embedding(e).
struct OwnLabels {
  double prior_share = 1.0;  // of the gap that was known before, in [0, 1]: what it is scaled with
  LinearFunction columns;    // [kPromptColumns]
  text::HashedFeatureSpec features;
  std::vector<float> idf;      // [features.Buckets()], >= 0
  std::vector<float> weights;  // [features.Buckets()]
  // Where there is one, an embedding must be given to Term.
  std::optional<EmbeddingFunction> embedding = {};

  // What is added; `bag` holds the features of the prompt.
  [[nodiscard]] double Term(const PromptColumns& prompt, const text::FeatureBag& bag,
                            std::span<const float> prompt_embedding) const;
};

}  // namespace routellm::routing
