// A transformer with its tokenizer: from texts to vectors of their tokens.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "core/error.h"
#include "embedding/bert_model.h"
#include "embedding/tokenizer.h"

namespace routellm::embedding {

// Immutable and thread-safe. Memory: the weights, as floats or bytes, the tables of tokens and
// positions as floats, and in each call the space of BertModel::Encode for some 512 tokens, or for
// one text if that is longer.
class TextEncoder {
 public:
  // Loads a folder of Hugging Face's form (BertModel::Load, LoadTokenizer). Tokens beyond the
  // smallest limit that is stated are not seen: `max_seq_length` of `sentence_bert_config.json`,
  // else `model_max_length` of `tokenizer_config.json`, and the model's positions. Errors: kIo;
  // kInvalidData, with the file's name, for what is broken or of another kind, and for a tokenizer
  // with ids that the model's table does not have.
  [[nodiscard]] static Result<TextEncoder> Load(const std::filesystem::path& folder,
                                                Precision precision);

  // Calls `use` for each text in order, with the vectors of its tokens row by row. On the caller's
  // thread, texts together in groups of some 512 tokens. Vectors differ from those of the same text
  // in other company by rounding only.
  void Encode(
      std::span<const std::string_view> texts,
      const std::function<void(std::size_t text, std::span<const float> tokens)>& use) const;

  [[nodiscard]] const BertModel& model() const { return model_; }
  [[nodiscard]] std::size_t max_tokens() const { return max_tokens_; }  // special ones included

 private:
  TextEncoder(BertModel model, std::unique_ptr<const Tokenizer> tokenizer, std::size_t max_tokens)
      : model_(std::move(model)), tokenizer_(std::move(tokenizer)), max_tokens_(max_tokens) {}

  BertModel model_;
  std::unique_ptr<const Tokenizer> tokenizer_;
  std::size_t max_tokens_;
};

}  // namespace routellm::embedding
