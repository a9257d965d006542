#include "evidence_client/remote_embedder.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "evidence/embedders.h"
#include "evidence/embeddings_api.h"

namespace routellm::evidence_client {
namespace {

constexpr std::size_t kMaxTexts = 64;
constexpr std::size_t kMaxBytes = std::size_t{256} << 10;

}  // namespace

RemoteEmbedder::RemoteEmbedder(const config::EmbedderConfig& config)
    : client_(config.endpoint),
      dimensions_(config.dimensions),
      identity_(evidence::RemoteIdentity(config)) {}

Result<std::unique_ptr<RemoteEmbedder>> RemoteEmbedder::Connect(
    const config::EmbedderConfig& config) {
  std::unique_ptr<RemoteEmbedder> embedder(new RemoteEmbedder(config));
  if (embedder->identity_.dimension == 0) {
    const std::array<std::string_view, 1> probe{"dimension"};
    const auto vector = embedder->Ask(probe);
    if (!vector) return tl::unexpected(vector.error());
    embedder->identity_.dimension = vector->columns;
  }
  return embedder;
}

Result<embedding::Matrix> RemoteEmbedder::Ask(std::span<const std::string_view> texts) const {
  return client_.Post(evidence::EmbeddingsBody(identity_.revision, dimensions_, texts))
      .and_then([&](const std::string& body) {
        return evidence::ReadEmbeddings(body, texts.size(), identity_.dimension);
      });
}

Result<embedding::Matrix> RemoteEmbedder::Embed(std::span<const std::string_view> texts) const {
  embedding::Matrix all{texts.size(), identity_.dimension, {}};
  all.values.resize(all.rows * all.columns);
  for (std::size_t next = 0; next < texts.size();) {
    std::vector<std::string_view> batch;
    std::vector<std::size_t> rows;
    for (std::size_t bytes = 0; next < texts.size() && batch.size() < kMaxTexts; ++next) {
      if (texts[next].empty()) continue;
      bytes += texts[next].size();
      if (!batch.empty() && bytes > kMaxBytes) break;
      batch.push_back(texts[next]);
      rows.push_back(next);
    }
    if (batch.empty()) break;
    const auto vectors = Ask(batch);
    if (!vectors) return tl::unexpected(vectors.error());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto row = vectors->Row(i);
      std::copy(row.begin(), row.end(), all.Row(rows[i]).begin());
    }
  }
  return all;
}

}  // namespace routellm::evidence_client
