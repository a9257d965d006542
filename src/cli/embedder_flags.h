// The flags that choose an embedder.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include <CLI/App.hpp>

#include "config/evidence.h"
#include "core/error.h"
#include "embedding/embedder.h"

namespace routellm::cli {

struct EmbedderFlags {
  std::string embedder = {};  // "hashed", "encoder" or "remote"
  std::string model_folder = {};
  std::string model = "text-embedding-3-small";  // of "remote", as models in a configuration
  std::optional<std::string> base_url = {};
  std::optional<std::string> key_variable = {};
  std::size_t dimensions = 0;
  std::string precision = "float";  // of "encoder", or "int8"
  bool first_token = false;         // of "encoder": not the folder's pooling
};

// What the flags mean. Error kInvalidRequest for an embedder that does not exist, an encoder
// without a folder, a folder without the encoder, an address or model that is not usable, and a key
// that is missing.
[[nodiscard]] Result<config::EmbedderConfig> ReadEmbedderFlags(const EmbedderFlags& flags);

[[nodiscard]] embedding::Precision PrecisionOf(const EmbedderFlags& flags);

// Errors: as ReadEmbedderFlags; else those of evidence_client::MakeEmbedder.
[[nodiscard]] Result<std::unique_ptr<const embedding::Embedder>> MakeEmbedder(
    const EmbedderFlags& flags);

// Adds --embedder, whose help begins with `help`, and the flags that go with it. `none`: "none" is
// another choice.
CLI::Option* AddEmbedderOptions(CLI::App& command, EmbedderFlags& flags, const std::string& help,
                                bool none = false);

}  // namespace routellm::cli
