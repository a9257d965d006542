// The built-in embedder: hashed words and n-grams, projected to a few hundred dimensions.
#pragma once

#include <cstddef>

#include "embedding/embedder.h"
#include "text/hashed_features.h"

namespace routellm::embedding {

// Each of the features of text/hashed_features.h, at its default spec, is added with its weight to
// four of the dimensions, with signs; dimensions and signs are a fixed hash of its bucket (Kane and
// Nelson, "Sparser Johnson-Lindenstrauss Transforms", 2014). The dense facts are not used. Rows
// have length 1, or 0 for a text without words. The cosine of two rows is that of the bags of
// features, with a standard error of about (1 - cosine^2) / sqrt(dimension). It tells whether two
// texts share words, not whether they mean the same; numbers count by their number of digits.
//
// Costs some ten microseconds for a text of a thousand characters, on the caller's thread.
class HashedEmbedder final : public Embedder {
 public:
  static constexpr std::size_t kDefaultDimension = 512;

  // `dimension` > 0.
  explicit HashedEmbedder(std::size_t dimension = kDefaultDimension);

  [[nodiscard]] const EmbedderIdentity& identity() const override { return identity_; }

  // Never fails; any bytes are safe.
  [[nodiscard]] Result<Matrix> Embed(std::span<const std::string_view> texts) const override;

 private:
  EmbedderIdentity identity_;
  text::HashedFeatures features_;
};

}  // namespace routellm::embedding
