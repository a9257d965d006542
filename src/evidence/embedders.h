// Embedders by their configuration, and whether they are those that a router was made for.
#pragma once

#include <memory>

#include "config/evidence.h"
#include "core/error.h"
#include "embedding/embedder.h"
#include "routing/registry.h"
#include "routing/router.h"

namespace routellm::evidence {

// One that runs on this machine: `config.kind` is not kRemote. Errors: those of
// EncoderEmbedder::Load.
[[nodiscard]] Result<std::unique_ptr<const embedding::Embedder>> MakeLocalEmbedder(
    const config::EmbedderConfig& config);

// The classifier of a router that needs logits. Errors: those of SequenceClassifier::Load.
[[nodiscard]] Result<std::unique_ptr<const embedding::Embedder>> MakeClassifier(
    const routing::RouterOptions& options);

// Of a remote embedder: the name "remote", the model as revision; dimension 0 where neither the
// configuration nor the model's name tells it.
[[nodiscard]] embedding::EmbedderIdentity RemoteIdentity(const config::EmbedderConfig& config);

// Error kInvalidData if the router's embeddings have another dimension than the embedder's, or if
// its files name another embedder. What one of them does not know is not compared.
[[nodiscard]] Result<void> CheckEmbedder(const routing::RouterInfo& router,
                                         const embedding::EmbedderIdentity& embedder);

}  // namespace routellm::evidence
