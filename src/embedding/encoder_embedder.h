// Vectors of meaning, by a transformer encoder that runs on this machine's processor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "embedding/bert_model.h"
#include "embedding/embedder.h"
#include "embedding/tokenizer.h"

namespace routellm::embedding {

enum class Pooling : std::uint8_t { kMean, kFirstToken };

// How a text's vector comes from those of its tokens.
struct EncoderSettings {
  Pooling pooling = Pooling::kMean;
  bool normalize = false;      // rows have length 1
  std::size_t max_tokens = 0;  // special tokens included; what is beyond them is not seen
};

// Memory: the weights as floats, and in each call the space of BertModel::Encode for some 512
// tokens, or for one text if that is longer.
class EncoderEmbedder final : public Embedder {
 public:
  // Loads a folder of Hugging Face's form: BERT's architecture (BertModel::Load), its
  // tokenizer (LoadTokenizer), and what sentence-transformers says in `modules.json`, the pooling's
  // `config.json` and `sentence_bert_config.json`: mean or first token, normalised or not, how many
  // tokens. Without `modules.json` the mean, not normalised, as sentence-transformers would do.
  // Errors: kIo; kInvalidData, with the file's name, for what is broken or of another kind, and for
  // a tokenizer with ids that the model's table does not have.
  [[nodiscard]] static Result<EncoderEmbedder> Load(const std::filesystem::path& folder);

  [[nodiscard]] const EmbedderIdentity& identity() const override { return identity_; }
  [[nodiscard]] const EncoderSettings& settings() const { return settings_; }

  // On the caller's thread, texts together in groups of some 512 tokens. A row differs from that of
  // the same text in other company by rounding only. Error kInvalidData if a vector is not finite,
  // which weights beyond all measure can do.
  [[nodiscard]] Result<Matrix> Embed(std::span<const std::string_view> texts) const override;

 private:
  EncoderEmbedder(BertModel model, std::unique_ptr<const Tokenizer> tokenizer,
                  EncoderSettings settings, std::uint64_t digest);
  void Pool(std::span<const float> tokens, std::span<float> row) const;

  BertModel model_;
  std::unique_ptr<const Tokenizer> tokenizer_;
  EncoderSettings settings_;
  EmbedderIdentity identity_;
};

}  // namespace routellm::embedding
