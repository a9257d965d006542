#include "embedding/embed_all.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include "core/parallel.h"

namespace routellm::embedding {
namespace {

constexpr std::size_t kBlock = 64;

}  // namespace

Result<Matrix> EmbedAll(const Embedder& embedder, std::span<const std::string_view> texts,
                        const std::function<void(std::size_t done)>& progress) {
  Matrix all{texts.size(), embedder.identity().dimension, {}};
  all.values.resize(all.rows * all.columns);
  std::mutex mutex;  // protects the two below
  std::size_t done = 0;
  std::optional<Error> error;
  const auto has_error = [&] {
    const std::lock_guard lock(mutex);
    return error.has_value();
  };
  ParallelFor((texts.size() + kBlock - 1) / kBlock, [&](std::size_t block) {
    if (has_error()) return;
    const std::size_t begin = block * kBlock;
    const std::size_t size = std::min(kBlock, texts.size() - begin);
    const auto rows = embedder.Embed(texts.subspan(begin, size));
    if (rows) std::copy(rows->values.begin(), rows->values.end(), all.Row(begin).begin());
    const std::lock_guard lock(mutex);
    if (error) return;
    if (rows) {
      progress(done += size);
    } else {
      error = rows.error();
    }
  });
  if (error) return tl::unexpected(*std::move(error));
  return all;
}

}  // namespace routellm::embedding
