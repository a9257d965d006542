#include "embedding/unigram_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "data/text_file.h"
#include "text/utf8.h"

namespace routellm::embedding {
namespace {

constexpr float kUnknownPenalty = 10.0F;  // of a character in no piece, beyond the rarest piece

unsigned char ByteAt(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

template <typename Sum>
struct Best {
  Sum score = 0;
  std::size_t start = 0;
  TokenId piece = 0;
  bool reached = false;

  void Offer(Sum candidate, std::size_t from, TokenId id) {
    if (reached && !(candidate > score)) return;
    *this = {candidate, from, id, true};
  }
};

}  // namespace

Result<UnigramModel> UnigramModel::Make(std::vector<Piece> pieces, TokenId unknown,
                                        ScoreSums sums) {
  UnigramModel model;
  const auto invalid = [](const std::string& what) { return Fail(ErrorCode::kInvalidData, what); };
  float lowest = 0;
  for (TokenId id = 0; id < pieces.size(); ++id) {
    const Piece& piece = pieces[id];
    if (!piece.usable || id == unknown) continue;
    if (piece.text.empty()) return invalid("piece " + std::to_string(id) + " is empty");
    if (!std::isfinite(piece.score)) {
      return invalid("the score of piece " + std::to_string(id) + " is not a finite number");
    }
    lowest = model.sorted_.empty() ? piece.score : std::min(lowest, piece.score);
    model.sorted_.push_back(id);
  }
  if (model.sorted_.empty()) return invalid("there is no usable piece");
  const auto text = [&](TokenId id) -> const std::string& { return pieces[id].text; };
  std::sort(model.sorted_.begin(), model.sorted_.end(),
            [&](TokenId a, TokenId b) { return text(a) < text(b); });
  const auto twice = std::adjacent_find(model.sorted_.begin(), model.sorted_.end(),
                                        [&](TokenId a, TokenId b) { return text(a) == text(b); });
  if (twice != model.sorted_.end()) {
    return invalid("the piece " + data::Quoted(text(*twice)) + " occurs twice");
  }
  for (const TokenId id : model.sorted_) ++model.starts_[ByteAt(text(id), 0) + 1U];
  for (std::size_t i = 1; i < 257; ++i) model.starts_[i] += model.starts_[i - 1];
  model.pieces_ = std::move(pieces);
  model.unknown_ = unknown;
  model.unknown_score_ = lowest - kUnknownPenalty;
  model.sums_ = sums;
  return model;
}

void UnigramModel::Append(std::string_view text, std::vector<TokenId>& ids) const {
  if (text.empty()) return;
  sums_ == ScoreSums::kSingle ? Segment<float>(text, ids) : Segment<double>(text, ids);
}

template <typename Sum>
void UnigramModel::Segment(std::string_view text, std::vector<TokenId>& ids) const {
  std::vector<Best<Sum>> best(text.size() + 1);
  best[0].reached = true;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t next = start + text::DecodeUtf8(text.substr(start)).bytes;
    const Sum so_far = best[start].score;
    bool has_character = false;
    // The pieces that agree with the text in their first `size` bytes lie between low and high.
    std::size_t low = starts_[ByteAt(text, start)];
    std::size_t high = starts_[ByteAt(text, start) + 1U];
    for (std::size_t size = 1; low < high; ++size) {
      const Piece& first = pieces_[sorted_[low]];
      if (first.text.size() == size) {
        best[start + size].Offer(so_far + static_cast<Sum>(first.score), start, sorted_[low]);
        has_character = has_character || start + size == next;
        ++low;
      }
      if (start + size == text.size()) break;
      const unsigned char byte = ByteAt(text, start + size);
      const auto at = [this](std::size_t i) {
        return sorted_.begin() + static_cast<std::ptrdiff_t>(i);
      };
      const auto begin = std::partition_point(
          at(low), at(high), [&](TokenId id) { return ByteAt(pieces_[id].text, size) < byte; });
      const auto end = std::partition_point(
          begin, at(high), [&](TokenId id) { return ByteAt(pieces_[id].text, size) == byte; });
      low = static_cast<std::size_t>(begin - sorted_.begin());
      high = static_cast<std::size_t>(end - sorted_.begin());
    }
    if (!has_character) {
      best[next].Offer(so_far + static_cast<Sum>(unknown_score_), start, unknown_);
    }
    start = next;
  }
  const auto begin = static_cast<std::ptrdiff_t>(ids.size());
  bool was_unknown = false;
  for (std::size_t end = text.size(); end > 0; end = best[end].start) {
    const TokenId piece = best[end].piece;
    if (piece != unknown_ || !was_unknown) ids.push_back(piece);
    was_unknown = piece == unknown_;
  }
  std::reverse(ids.begin() + begin, ids.end());
}

}  // namespace routellm::embedding
