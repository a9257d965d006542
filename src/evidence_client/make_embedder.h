// Any embedder, for the command-line tools.
#pragma once

#include <memory>

#include "config/evidence.h"
#include "core/error.h"
#include "embedding/embedder.h"

namespace routellm::evidence_client {

// Errors: kInvalidRequest for a key variable that is not set; those of evidence::MakeLocalEmbedder
// and RemoteEmbedder::Connect.
[[nodiscard]] Result<std::unique_ptr<const embedding::Embedder>> MakeEmbedder(
    const config::EmbedderConfig& config);

}  // namespace routellm::evidence_client
