#include "embedding/unigram.h"

#include <algorithm>
#include <string>
#include <utility>

#include "text/utf8.h"

namespace routellm::embedding {

Unigram::Unigram(UnigramModel model, TokenId unknown_piece, UnigramSpec spec)
    : model_(std::move(model)),
      unknown_piece_(unknown_piece),
      spec_(std::move(spec)),
      added_(spec_.added) {
  const auto cover = [&](TokenId id) { id_limit_ = std::max<std::size_t>(id_limit_, id + 1UL); };
  for (const AddedToken& token : spec_.added) cover(token.id);
  for (const TokenId id : spec_.prefix) cover(id);
  for (const TokenId id : spec_.suffix) cover(id);
  cover(spec_.unknown);
  cover(spec_.first_piece + static_cast<TokenId>(model_.size() - 1));
}

std::vector<TokenId> Unigram::Encode(std::string_view text, std::size_t max_tokens) const {
  std::string sane;
  if (!text::IsValidUtf8(text)) text = sane = text::SanitizeUtf8(text);
  std::vector<TokenId> ids = spec_.prefix;
  const std::size_t limit = max_tokens - spec_.suffix.size();
  const char* start = text.data();
  added_.Split(
      text,
      [&](std::string_view section) {
        AppendSection(section, section.data() == start, limit, ids);
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

void Unigram::AppendSection(std::string_view text, bool first, std::size_t limit,
                            std::vector<TokenId>& ids) const {
  if (const auto* normalizer = std::get_if<SentencePieceNormalizer>(&spec_.words)) {
    AppendPieces(normalizer->Apply(text), ids);
    return;
  }
  std::get<UnigramWords>(spec_.words).Split(text, first, [&](std::string_view word) {
    AppendPieces(word, ids);
    return ids.size() < limit;
  });
}

void Unigram::AppendPieces(std::string_view text, std::vector<TokenId>& ids) const {
  const std::size_t before = ids.size();
  model_.Append(text, ids);
  for (std::size_t i = before; i < ids.size(); ++i) {
    ids[i] = ids[i] == unknown_piece_ ? spec_.unknown : spec_.first_piece + ids[i];
  }
}

}  // namespace routellm::embedding
