// A prompt as a sparse bag of hashed features.
//
// Tokens. A run of letters is a word, lower-cased (text/utf8.h) and cut into pieces of at most 32
// characters. A run of digits is one token that only tells its length ("<num3>"; 8 and more are
// one). A mark of ASCII punctuation is a token. A character of a script that is written without
// spaces (Chinese, Japanese, Korean syllables) is a word of its own; so is a symbol or emoji. White
// space, control characters and invalid bytes separate.
//
// Features. Every token; every pair of neighbouring tokens, the start of the text counting as a
// token; and for words of letters every run of min_ngram..max_ngram characters of the word between
// two boundary marks.
//
// Hash, the same on all platforms: characters c_1..c_n hash to the polynomial sum of c_i K^(n-i)
// modulo 2^32, to which a constant of the feature's family is added; the bucket is the top bits of
// (x ^ x >> 15) * M modulo 2^64.
//
// Weights. A bucket that occurs tf times, 255 at most, weighs 1 + ln(tf); then the vector is scaled
// to L2 norm 1.
#pragma once

#include <cstddef>
#include <string_view>

#include "core/error.h"
#include "text/feature_bag.h"

namespace routellm::text {

struct HashedFeatureSpec {
  // Of the rules above. Whoever changes what any text extracts to raises it,
  // because a checkpoint is of use only with the rules that it was trained on.
  static constexpr int kRevision = 3;

  static constexpr int kMinBucketBits = 10;
  static constexpr int kMaxBucketBits = 20;
  static constexpr int kMaxNgram = 6;

  int revision = kRevision;
  int bucket_bits = 15;  // 2^bucket_bits buckets
  int min_ngram = 4;     // in characters, boundary marks included; 1..max_ngram
  int max_ngram = 4;  // at most kMaxNgram; 0 leaves the n-grams out; the main cost of an extraction
  bool word_bigrams = true;  // pairs of neighbouring tokens

  [[nodiscard]] std::size_t Buckets() const { return std::size_t{1} << bucket_bits; }
  bool operator==(const HashedFeatureSpec&) const = default;
};

// Thread-safe: an extraction works in scratch memory of its thread (5 bytes for each bucket).
class HashedFeatures {
 public:
  // Error kInvalidData if a field of `spec` is out of its range or the revision is not this
  // program's.
  [[nodiscard]] static Result<HashedFeatures> Create(const HashedFeatureSpec& spec);

  [[nodiscard]] const HashedFeatureSpec& spec() const { return spec_; }

  // Replaces what `bag` holds. Any bytes are safe; the time is linear in their number. Allocates
  // nothing once this thread and `bag` have seen a text of this size.
  void Extract(std::string_view text, FeatureBag& bag) const;

 private:
  explicit HashedFeatures(const HashedFeatureSpec& spec) : spec_(spec) {}

  HashedFeatureSpec spec_;
};

}  // namespace routellm::text
