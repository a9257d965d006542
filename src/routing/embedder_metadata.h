// Which embedder made the vectors that a file holds, or is made for.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "embedding/embedder.h"

namespace routellm::routing {

// As `routellm embed` writes it into a safetensors file's metadata: `embedder` and `revision`.
// Without them the name is empty.
[[nodiscard]] inline embedding::EmbedderIdentity ReadEmbedderIdentity(
    const std::map<std::string, std::string, std::less<>>& metadata, std::size_t dimension) {
  embedding::EmbedderIdentity identity{{}, dimension, {}};
  const auto name = metadata.find("embedder");
  if (name == metadata.end()) return identity;
  identity.name = name->second;
  if (const auto revision = metadata.find("revision"); revision != metadata.end())
    identity.revision = revision->second;
  return identity;
}

// Writes what ReadEmbedderIdentity reads: nothing of an embedder that is not known.
inline void AddEmbedderIdentity(const embedding::EmbedderIdentity& identity,
                                std::map<std::string, std::string, std::less<>>& metadata) {
  if (identity.name.empty()) return;
  metadata["embedder"] = identity.name;
  metadata["revision"] = identity.revision;
}

}  // namespace routellm::routing
