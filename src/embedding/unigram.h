// Unigram tokenizers: those of the XLM-RoBERTa family (Conneau et al., "Unsupervised Cross-lingual
// Representation Learning at Scale", 2020).
#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>
#include <variant>
#include <vector>

#include "core/error.h"
#include "embedding/added_tokens.h"
#include "embedding/json_file.h"
#include "embedding/sentencepiece_file.h"
#include "embedding/tokenizer.h"
#include "embedding/unigram_model.h"
#include "embedding/unigram_words.h"

namespace routellm::embedding {

struct UnigramSpec {
  std::vector<AddedToken> added;
  std::vector<TokenId> prefix;  // stand before and behind every text
  std::vector<TokenId> suffix;
  TokenId first_piece = 0;  // the id of the model's piece 0
  TokenId unknown = 0;
  std::variant<SentencePieceNormalizer, UnigramWords> words;
};

// Immutable and thread-safe.
class Unigram final : public Tokenizer {
 public:
  // `unknown_piece` is the model's.
  Unigram(UnigramModel model, TokenId unknown_piece, UnigramSpec spec);

  [[nodiscard]] std::vector<TokenId> Encode(std::string_view text,
                                            std::size_t max_tokens) const override;
  [[nodiscard]] std::size_t id_limit() const override { return id_limit_; }
  [[nodiscard]] std::size_t special_tokens() const override {
    return spec_.prefix.size() + spec_.suffix.size();
  }

 private:
  void AppendPieces(std::string_view text, std::vector<TokenId>& ids) const;
  // Of text without added tokens, until there are `limit` ids. `first`: nothing comes before it.
  void AppendSection(std::string_view text, bool first, std::size_t limit,
                     std::vector<TokenId>& ids) const;

  UnigramModel model_;
  TokenId unknown_piece_;
  UnigramSpec spec_;
  AddedTokens added_;
  std::size_t id_limit_ = 0;
};

// The tokenizer in a parsed `tokenizer.json`: ids as the Python package `tokenizers` gives them,
// but for an added token that is to be found in normalised text, which is found in the text as it
// is. Errors: as LoadTokenizer.
[[nodiscard]] Result<Unigram> ReadUnigram(const JsonFile& tokenizer);

// XLM-RoBERTa's tokenizer by a model file of SentencePiece: ids as fairseq numbered them, that is
// <s> 0, <pad> 1, </s> 2, <unk> 3, then the model's pieces from the fourth on, and <mask>. Errors:
// as LoadTokenizer.
[[nodiscard]] Result<Unigram> LoadSentencePiece(const std::filesystem::path& file);

}  // namespace routellm::embedding
