#include "evidence_client/make_embedder.h"

#include <utility>

#include "evidence/embedders.h"
#include "evidence_client/remote_embedder.h"

namespace routellm::evidence_client {

Result<std::unique_ptr<const embedding::Embedder>> MakeEmbedder(
    const config::EmbedderConfig& config) {
  if (config.kind != config::EmbedderKind::kRemote) return evidence::MakeLocalEmbedder(config);
  if (auto ok = RequireKey(config.endpoint); !ok) return tl::unexpected(std::move(ok.error()));
  auto remote = RemoteEmbedder::Connect(config);
  if (!remote) return tl::unexpected(std::move(remote.error()));
  return std::unique_ptr<const embedding::Embedder>(*std::move(remote));
}

}  // namespace routellm::evidence_client
