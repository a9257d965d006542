// The part of an `mf` router that was learnt from labels of one's own, on top of what its
// checkpoint knew before.
#pragma once

#include <vector>

#include "routing/mf_functions.h"
#include "routing/prompt_columns.h"
#include "text/feature_bag.h"
#include "text/hashed_features.h"

namespace routellm::routing {

// Adds to the gap of a prompt with the columns c and the hashed features f
//
//   columns(c) + sum of idf_b * f_b * weight_b / |idf * f|.
struct OwnLabels {
  double prior_share = 1.0;  // of the gap that was known before, in [0, 1]: what it is scaled with
  LinearFunction columns;    // [kPromptColumns]
  text::HashedFeatureSpec features;
  std::vector<float> idf;      // [features.Buckets()], >= 0
  std::vector<float> weights;  // [features.Buckets()]

  // What is added; `bag` holds the features of the prompt.
  [[nodiscard]] double Term(const PromptColumns& prompt, const text::FeatureBag& bag) const;
};

}  // namespace routellm::routing
