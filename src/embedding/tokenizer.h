// From a text to the numbers of its tokens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace routellm::embedding {

using TokenId = std::uint32_t;

// Implementations are immutable and thread-safe.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  // The tokens of `text` between those that stand before and behind every text: `max_tokens` at
  // most in all, by leaving out the text's last ones. `max_tokens` must be special_tokens() at
  // least. As in the Python package `tokenizers`, a special token that is spelt out in a text, such
  // as "[SEP]" or "<s>", becomes that token. Any bytes are safe; an invalid one counts as U+FFFD.
  [[nodiscard]] virtual std::vector<TokenId> Encode(std::string_view text,
                                                    std::size_t max_tokens) const = 0;

  // One more than the highest id that Encode can return.
  [[nodiscard]] virtual std::size_t id_limit() const = 0;
  [[nodiscard]] virtual std::size_t special_tokens() const = 0;

 protected:
  Tokenizer() = default;
  Tokenizer(const Tokenizer&) = default;
  Tokenizer(Tokenizer&&) = default;
  Tokenizer& operator=(const Tokenizer&) = default;
  Tokenizer& operator=(Tokenizer&&) = default;
};

// The tokenizer in a folder of Hugging Face's form: WordPiece or Unigram of `tokenizer.json`;
// without one that of `sentencepiece.bpe.model` (LoadSentencePiece) or of `vocab.txt`
// (LoadWordPiece). Errors: kIo; kInvalidData, with the file's name, for another kind of tokenizer
// and for settings that are not known.
[[nodiscard]] Result<std::unique_ptr<const Tokenizer>> LoadTokenizer(
    const std::filesystem::path& folder);

}  // namespace routellm::embedding
