#include "embedding/wordpiece.h"

#include <algorithm>
#include <utility>

namespace routellm::embedding {
namespace {

bool IsContinuationByte(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::size_t Characters(std::string_view text) {
  return text.size() -
         static_cast<std::size_t>(std::count_if(text.begin(), text.end(), IsContinuationByte));
}

}  // namespace

WordPiece::WordPiece(WordPieceSpec spec) : spec_(std::move(spec)), added_(spec_.added) {
  const auto cover = [&](TokenId id) { id_limit_ = std::max<std::size_t>(id_limit_, id + 1UL); };
  for (const AddedToken& token : spec_.added) cover(token.id);
  for (const auto& [piece, id] : spec_.vocabulary) {
    longest_piece_ = std::max(longest_piece_, piece.size());
    cover(id);
    if (piece.starts_with(spec_.continuing_prefix)) {
      continuations_.emplace(piece.substr(spec_.continuing_prefix.size()), id);
    }
  }
  cover(spec_.unknown);
  for (const TokenId id : spec_.prefix) cover(id);
  for (const TokenId id : spec_.suffix) cover(id);
}

std::vector<TokenId> WordPiece::Encode(std::string_view text, std::size_t max_tokens) const {
  std::vector<TokenId> ids = spec_.prefix;
  const std::size_t limit = max_tokens - spec_.suffix.size();
  added_.Split(
      text,
      [&](std::string_view section) {
        AppendWords(section, ids);
        return ids.size() < limit;
      },
      [&](TokenId id) {
        ids.push_back(id);
        return ids.size() < limit;
      });
  ids.resize(std::min(ids.size(), limit));
  ids.insert(ids.end(), spec_.suffix.begin(), spec_.suffix.end());
  return ids;
}

void WordPiece::AppendWords(std::string_view text, std::vector<TokenId>& ids) const {
  for (const std::string& word : BertWords(text, spec_.normalization)) AppendWord(word, ids);
}

void WordPiece::AppendWord(std::string_view word, std::vector<TokenId>& ids) const {
  const std::size_t before = ids.size();
  const auto unknown = [&] {
    ids.resize(before);
    ids.push_back(spec_.unknown);
  };
  if (Characters(word) > spec_.max_word_characters) return unknown();
  const TokenIds* pieces = &spec_.vocabulary;
  while (!word.empty()) {
    std::size_t length = std::min(word.size(), longest_piece_);
    auto found = pieces->end();
    for (; length > 0; --length) {
      if (length < word.size() && IsContinuationByte(word[length])) continue;
      found = pieces->find(word.substr(0, length));
      if (found != pieces->end()) break;
    }
    if (found == pieces->end()) return unknown();
    ids.push_back(found->second);
    word.remove_prefix(length);
    pieces = &continuations_;
  }
}

}  // namespace routellm::embedding
