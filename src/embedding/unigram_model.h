// The Unigram model of a tokenizer (Kudo, "Subword Regularization", 2018).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "embedding/tokenizer.h"

namespace routellm::embedding {

struct Piece {
  std::string text;
  float score;         // logarithm of its probability
  bool usable = true;  // false: keeps its place, but is found in no text
};

// Of segmentations that are equally likely, rounding decides. SentencePiece adds up scores in
// single precision, the Python package `tokenizers` in double.
enum class ScoreSums : std::uint8_t { kSingle, kDouble };

// Immutable and thread-safe.
class UnigramModel {
 public:
  // A piece's id is its place. Error kInvalidData for a piece that is empty, occurs twice or has a
  // score that is not finite, and if none is usable; the message says which.
  [[nodiscard]] static Result<UnigramModel> Make(std::vector<Piece> pieces, TokenId unknown,
                                                 ScoreSums sums);

  // Appends the pieces of the likeliest segmentation of `text`, which must be valid UTF-8. A run
  // of characters that are in no piece is one `unknown`.
  void Append(std::string_view text, std::vector<TokenId>& ids) const;

  [[nodiscard]] std::size_t size() const { return pieces_.size(); }

 private:
  UnigramModel() = default;
  template <typename Sum>
  void Segment(std::string_view text, std::vector<TokenId>& ids) const;

  std::vector<Piece> pieces_;
  std::vector<TokenId> sorted_;   // usable pieces, by their bytes
  std::size_t starts_[257] = {};  // of the pieces that begin with a byte, in `sorted_`
  TokenId unknown_ = 0;
  float unknown_score_ = 0;
  ScoreSums sums_ = ScoreSums::kDouble;
};

}  // namespace routellm::embedding
