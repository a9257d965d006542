// Encoders that were fine-tuned to tell which of some labels a text has.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

#include "core/error.h"
#include "embedding/embedder.h"
#include "embedding/text_encoder.h"

namespace routellm::embedding {

// Its vectors are the labels' logits.
class SequenceClassifier final : public Embedder {
 public:
  // Loads a folder of Hugging Face's form (TextEncoder::Load) with the head of
  // BertForSequenceClassification or XLMRobertaForSequenceClassification for `labels` labels.
  // `precision` is that of the encoder; the head is always of floats. Errors: as TextEncoder::Load;
  // kInvalidData for a file without a head, or with one for another number of labels.
  [[nodiscard]] static Result<SequenceClassifier> Load(const std::filesystem::path& folder,
                                                       std::size_t labels, Precision precision);

  // Named "classifier", without a revision: its vectors are for no other use.
  [[nodiscard]] const EmbedderIdentity& identity() const override { return identity_; }

  // On the caller's thread. Error kInvalidData if a logit is not finite.
  [[nodiscard]] Result<Matrix> Embed(std::span<const std::string_view> texts) const override;

 private:
  SequenceClassifier(TextEncoder encoder, ClassifierHead head);

  TextEncoder encoder_;
  ClassifierHead head_;
  EmbedderIdentity identity_;
};

}  // namespace routellm::embedding
