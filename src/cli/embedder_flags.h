// The flags that choose an embedder.
#pragma once

#include <memory>
#include <string>

#include <CLI/App.hpp>

#include "core/error.h"
#include "embedding/embedder.h"

namespace routellm::cli {

struct EmbedderFlags {
  std::string embedder = "hashed";
  std::string model_folder;
};

// Error kInvalidRequest for an encoder without a folder, or a folder without the encoder; else
// those of EncoderEmbedder::Load.
[[nodiscard]] Result<std::unique_ptr<embedding::Embedder>> MakeEmbedder(const EmbedderFlags& flags);

// Adds --model-dir.
void AddModelFolder(CLI::App& command, EmbedderFlags& flags);

}  // namespace routellm::cli
