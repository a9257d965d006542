// WordPiece: words in pieces of a fixed vocabulary (Schuster and Nakajima, "Japanese and Korean
// Voice Search", 2012; as in Devlin et al., "BERT", 2018).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/error.h"
#include "embedding/added_tokens.h"
#include "embedding/bert_words.h"
#include "embedding/json_file.h"
#include "embedding/tokenizer.h"

namespace routellm::embedding {

struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};
using TokenIds = std::unordered_map<std::string, TokenId, StringHash, std::equal_to<>>;

struct WordPieceSpec {
  BertNormalization normalization;
  TokenIds vocabulary;
  std::string continuing_prefix = "##";  // of pieces that do not begin a word
  std::size_t max_word_characters = 100;
  TokenId unknown = 0;
  std::vector<AddedToken> added;
  std::vector<TokenId> prefix;  // stand before and behind every text
  std::vector<TokenId> suffix;
};

// Immutable and thread-safe.
class WordPiece final : public Tokenizer {
 public:
  explicit WordPiece(WordPieceSpec spec);

  // A word takes at each point the longest piece that fits; if it cannot be made of pieces, or is
  // longer than `max_word_characters`, it is one unknown token.
  [[nodiscard]] std::vector<TokenId> Encode(std::string_view text,
                                            std::size_t max_tokens) const override;
  [[nodiscard]] std::size_t id_limit() const override { return id_limit_; }
  [[nodiscard]] std::size_t special_tokens() const override {
    return spec_.prefix.size() + spec_.suffix.size();
  }

 private:
  void AppendWords(std::string_view text, std::vector<TokenId>& ids) const;
  void AppendWord(std::string_view word, std::vector<TokenId>& ids) const;

  WordPieceSpec spec_;
  AddedTokens added_;
  TokenIds continuations_;         // without their prefix
  std::size_t longest_piece_ = 0;  // in bytes
  std::size_t id_limit_ = 0;
};

// The tokenizer in a parsed `tokenizer.json`, and that of `vocab.txt` in a folder of Hugging Face's
// form with the settings in `tokenizer_config.json`. Errors: as LoadTokenizer.
[[nodiscard]] Result<WordPiece> ReadWordPiece(const JsonFile& tokenizer);
[[nodiscard]] Result<WordPiece> LoadWordPiece(const std::filesystem::path& folder);

}  // namespace routellm::embedding
