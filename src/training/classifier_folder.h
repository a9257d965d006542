// A classifier's folder in Hugging Face's form.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>

#include "core/error.h"
#include "training/bert_head_trainer.h"

namespace routellm::training {

// Writes to `out`, which must not exist, what embedding::SequenceClassifier and transformers'
// AutoModelForSequenceClassification load: the encoder's tensors of the folder `encoder` as they
// are there, under the names of BertForSequenceClassification or
// XLMRobertaForSequenceClassification, and the head in F32; its `config.json` with three labels;
// its tokenizer, told to look at `max_tokens`. `notes` go into the metadata of the tensors. The
// folder appears whole or not at all. Errors: kIo; kInvalidData for an encoder of another
// architecture or with another length of vectors than the head's.
[[nodiscard]] Result<void> SaveClassifier(const std::filesystem::path& encoder,
                                          const BertHead& head, std::size_t max_tokens,
                                          const std::map<std::string, std::string>& notes,
                                          const std::filesystem::path& out);

}  // namespace routellm::training
