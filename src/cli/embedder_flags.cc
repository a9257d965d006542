#include "cli/embedder_flags.h"

#include <utility>

#include "embedding/encoder_embedder.h"
#include "embedding/hashed_embedder.h"

namespace routellm::cli {

Result<std::unique_ptr<embedding::Embedder>> MakeEmbedder(const EmbedderFlags& flags) {
  const bool encoder = flags.embedder == "encoder";
  if (encoder == flags.model_folder.empty()) {
    return Fail(ErrorCode::kInvalidRequest,
                encoder ? "--embedder encoder needs --model-dir, the folder of its model"
                        : "--model-dir is for --embedder encoder");
  }
  if (!encoder) return std::make_unique<embedding::HashedEmbedder>();
  auto loaded = embedding::EncoderEmbedder::Load(flags.model_folder);
  if (!loaded) return tl::unexpected(loaded.error());
  return std::make_unique<embedding::EncoderEmbedder>(*std::move(loaded));
}

void AddModelFolder(CLI::App& command, EmbedderFlags& flags) {
  command
      .add_option("--model-dir", flags.model_folder,
                  "Model of the encoder: a folder of Hugging Face's form with config.json, "
                  "model.safetensors and tokenizer.json or vocab.txt")
      ->type_name("DIR");
}

}  // namespace routellm::cli
