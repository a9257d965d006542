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
#include "embedding/bert_words.h"

namespace routellm::embedding {

using TokenId = std::uint32_t;

struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};
using TokenIds = std::unordered_map<std::string, TokenId, StringHash, std::equal_to<>>;

struct AddedToken {
  std::string content;
  TokenId id;
};

struct WordPieceSpec {
  BertNormalization normalization;
  TokenIds vocabulary;
  std::string continuing_prefix = "##";  // of pieces that do not begin a word
  std::size_t max_word_characters = 100;
  TokenId unknown = 0;
  std::vector<AddedToken> added;  // found in the text as it is, before anything else is done to it
  std::vector<TokenId> prefix;    // stand before and behind every text
  std::vector<TokenId> suffix;
};

// Immutable and thread-safe.
class WordPiece {
 public:
  explicit WordPiece(WordPieceSpec spec);

  // The tokens of `text` between those of prefix and suffix: `max_tokens` at most in all, by
  // leaving out the text's last ones. `max_tokens` must be prefix and suffix at least. A word takes
  // at each point the longest piece that fits; if it cannot be made of pieces, or is longer than
  // `max_word_characters`, it is one unknown token. As in the Python package `tokenizers`, an added
  // token that is spelt out in a text, such as "[SEP]", becomes that token.
  [[nodiscard]] std::vector<TokenId> Encode(std::string_view text, std::size_t max_tokens) const;

  // One more than the highest id that Encode can return.
  [[nodiscard]] std::size_t id_limit() const { return id_limit_; }
  [[nodiscard]] std::size_t special_tokens() const {
    return spec_.prefix.size() + spec_.suffix.size();
  }

 private:
  void AppendWords(std::string_view text, std::vector<TokenId>& ids) const;
  void AppendWord(std::string_view word, std::vector<TokenId>& ids) const;
  [[nodiscard]] const AddedToken* AddedTokenAt(std::string_view text) const;

  WordPieceSpec spec_;      // `added` with the longest first
  TokenIds continuations_;  // without their prefix
  std::string added_starts_;
  std::size_t longest_piece_ = 0;  // in bytes
  std::size_t id_limit_ = 0;
};

// The tokenizer in a folder of Hugging Face's form: of `tokenizer.json` or, without one, of
// `vocab.txt` and the settings in `tokenizer_config.json`. Errors: kIo; kInvalidData, with the
// file's name, for another kind of tokenizer and for settings that are not known.
[[nodiscard]] Result<WordPiece> LoadWordPiece(const std::filesystem::path& folder);

}  // namespace routellm::embedding
