// Vectors from an OpenAI-compatible server.
#pragma once

#include <cstddef>
#include <memory>

#include "config/evidence.h"
#include "embedding/embedder.h"
#include "evidence_client/endpoint_client.h"

namespace routellm::evidence_client {

// A request for up to 64 texts, or 256 KiB of them, at a time. Its identity is named "remote"; the
// revision is the model's name, so that one model at two servers is one embedder.
class RemoteEmbedder final : public embedding::Embedder {
 public:
  // `config.kind` is kRemote. Asks the server for one vector where neither the configuration nor
  // the model's name tells the dimension. Errors: as Embed.
  [[nodiscard]] static Result<std::unique_ptr<RemoteEmbedder>> Connect(
      const config::EmbedderConfig& config);

  [[nodiscard]] const embedding::EmbedderIdentity& identity() const override { return identity_; }

  // A text without characters is not asked for: its row is zero. Errors: those of
  // EndpointClient::Post; kInvalidData for an answer that is no list of fitting vectors.
  [[nodiscard]] Result<embedding::Matrix> Embed(
      std::span<const std::string_view> texts) const override;

 private:
  explicit RemoteEmbedder(const config::EmbedderConfig& config);
  [[nodiscard]] Result<embedding::Matrix> Ask(std::span<const std::string_view> texts) const;

  EndpointClient client_;
  const std::size_t dimensions_;  // asked for; 0: none
  embedding::EmbedderIdentity identity_;
};

}  // namespace routellm::evidence_client
