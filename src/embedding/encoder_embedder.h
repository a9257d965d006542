// Vectors of meaning, by a transformer encoder that runs on this machine's processor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "embedding/embedder.h"
#include "embedding/text_encoder.h"

namespace routellm::embedding {

enum class Pooling : std::uint8_t { kMean, kFirstToken };

// How a text's vector comes from those of its tokens.
struct EncoderSettings {
  Pooling pooling = Pooling::kMean;
  bool normalize = false;      // rows have length 1
  std::size_t max_tokens = 0;  // special tokens included; what is beyond them is not seen
};

struct EncoderOptions {
  Precision precision = Precision::kFloat;
  bool first_token = false;  // its vector as it is, whatever the folder says of pooling
};

// Memory: that of TextEncoder.
class EncoderEmbedder final : public Embedder {
 public:
  // Loads a folder of Hugging Face's form (TextEncoder::Load) and what sentence-transformers says
  // in `modules.json` and the pooling's `config.json`: mean or first token, normalised or not.
  // Without `modules.json` the mean, not normalised, as sentence-transformers would do. The
  // identity's revision is a digest of all files that are read, with "int8" and "first" for those
  // options. Errors: as TextEncoder::Load.
  [[nodiscard]] static Result<EncoderEmbedder> Load(const std::filesystem::path& folder,
                                                    EncoderOptions options = {});

  [[nodiscard]] const EmbedderIdentity& identity() const override { return identity_; }
  [[nodiscard]] const EncoderSettings& settings() const { return settings_; }

  // On the caller's thread. Error kInvalidData if a vector is not finite, which weights beyond all
  // measure can do.
  [[nodiscard]] Result<Matrix> Embed(std::span<const std::string_view> texts) const override;

 private:
  EncoderEmbedder(TextEncoder encoder, EncoderSettings settings, EncoderOptions options,
                  std::uint64_t digest);
  void Pool(std::span<const float> tokens, std::span<float> row) const;

  TextEncoder encoder_;
  EncoderSettings settings_;
  EmbedderIdentity identity_;
};

}  // namespace routellm::embedding
