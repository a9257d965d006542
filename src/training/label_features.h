// What a router sees of the prompts that were labelled.
#pragma once

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "embedding/embedder.h"
#include "routing/mf_checkpoint.h"
#include "text/feature_bag.h"
#include "text/hashed_features.h"
#include "training/linear_algebra.h"

namespace routellm::training {

struct LabelFeatures {
  // Parts of words have been found to add nothing to words and pairs of them.
  text::HashedFeatureSpec spec{.max_ngram = 0};
  Matrix columns;                       // [kPromptColumns, prompts]
  std::vector<text::FeatureBag> words;  // the hashed features, [prompts]
  Vector gaps;                          // what a checkpoint says of a pair, [prompts]
  // What it says of the prompt alone: easiness and discrimination (routing/mf_functions.h).
  std::array<routing::LinearFunction, 2> difficulty;
  Matrix difficulties;  // their values, [2, prompts]
  // Of the prompts, scaled to length 1, [dimension, prompts]; no rows where there are none.
  Matrix embeddings;
  embedding::EmbedderIdentity embedder;  // of the embeddings

  [[nodiscard]] std::size_t size() const { return words.size(); }
};

// Of each prompt, as `checkpoint` without its own labels sees it, on all cores; without embeddings.
// Error kInvalidData if its word table is not valid.
[[nodiscard]] Result<LabelFeatures> ExtractLabelFeatures(const routing::MfCheckpoint& checkpoint,
                                                         const routing::PairAbilities& pair,
                                                         std::span<const std::string_view> prompts);

// The columns of one prompt.
[[nodiscard]] routing::PromptColumns ColumnsAt(const LabelFeatures& features, std::size_t prompt);

}  // namespace routellm::training
