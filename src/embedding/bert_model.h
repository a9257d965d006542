// BERT's encoder (Devlin et al., 2018; the layers are those of Vaswani et al., "Attention Is All
// You Need", 2017, section 3.1): from token ids to a vector for each token. XLM-RoBERTa's (Conneau
// et al., 2020) is the same but for the numbers of its positions.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "core/error.h"
#include "embedding/activation.h"
#include "embedding/fnv1a.h"
#include "embedding/linear.h"
#include "embedding/tokenizer.h"

namespace routellm::embedding {

struct BertConfig {
  std::size_t vocabulary = 0;      // rows of the table of tokens
  std::size_t positions = 0;       // the longest sequence
  std::size_t first_position = 0;  // row of the table of positions; 0 but for XLM-RoBERTa
  std::size_t token_types = 0;
  std::size_t hidden = 0;  // numbers in a vector; a multiple of `heads`
  std::size_t layers = 0;
  std::size_t heads = 0;
  std::size_t intermediate = 0;
  float layer_norm_epsilon = 0;
  // XLM-RoBERTa: a token that does not count as a position and has that of its own number.
  std::optional<TokenId> padding;
  Activation activation = Activation::kGelu;
};

// The dense layer with a hyperbolic tangent and the one to the labels behind it, on the first
// token's vector: a classifier's.
struct ClassifierHead {
  Linear dense;
  Linear labels;
};

// Immutable and thread-safe.
class BertModel {
 public:
  // Reads `config.json` and `model.safetensors` (F32, F16, BF16 or F64, computed in F32) of a
  // folder of Hugging Face's form. Tensors may have names that begin with "bert." or "roberta.";
  // others than the encoder's are left alone. Errors: kIo; kInvalidData, with file and key or
  // tensor, for another architecture, unknown settings, a missing tensor, one of another shape, or
  // a number in it that is not finite.
  [[nodiscard]] static Result<BertModel> Load(const std::filesystem::path& folder,
                                              Precision precision = Precision::kFloat,
                                              const Kernels& kernels = *SupportedKernels().front());

  [[nodiscard]] const BertConfig& config() const { return config_; }
  // The head in the same file: `bert.pooler.dense` and `classifier` of
  // BertForSequenceClassification, or `classifier.dense` and `classifier.out_proj` of
  // XLMRobertaForSequenceClassification, for `labels` labels. Errors: as Load.
  [[nodiscard]] static Result<ClassifierHead> LoadHead(const std::filesystem::path& folder,
                                                       const BertConfig& config,
                                                       std::size_t labels);

  // Of all weights of the encoder, as in the file.
  [[nodiscard]] const Fnv1a& weights_hash() const { return weights_hash_; }

  // The last layer's vectors of all tokens, sequence after sequence, row by row: each sequence has
  // 1 to `positions` ids below `vocabulary` and sees only itself. On the
  // caller's thread. Uses some (8 hidden + intermediate) floats of memory a token and the square of
  // the longest sequence.
  [[nodiscard]] std::vector<float> Encode(std::span<const std::vector<TokenId>> sequences) const;

 private:
  struct Norm {
    std::vector<float> weight;
    std::vector<float> bias;
  };
  struct Layer {
    Linear query_key_value;  // one below the other; the query is divided by sqrt(head size)
    Linear attention_output;
    Norm attention_norm;
    Linear intermediate;
    Linear output;
    Norm output_norm;
  };
  class Reader;
  struct Workspace;

  BertModel() = default;
  [[nodiscard]] std::vector<float> Embed(std::span<const std::vector<TokenId>> sequences) const;
  // Of one sequence.
  void Attend(std::span<const float> query_key_value, Workspace& space, std::span<float> out) const;

  BertConfig config_;
  const Kernels* kernels_ = nullptr;
  Fnv1a weights_hash_;
  std::vector<float> token_table_;  // vocabulary x hidden
  // First and further positions x hidden; the only token type is added to it.
  std::vector<float> position_table_;
  Norm embedding_norm_;
  std::vector<Layer> layers_;
};

}  // namespace routellm::embedding
