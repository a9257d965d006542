#include "evidence_client/scorer.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "core/parallel.h"
#include "evidence/embedders.h"
#include "evidence_client/make_embedder.h"
#include "text/utf8.h"

namespace routellm::evidence_client {
namespace {

using evidence::EvidenceValue;

class EmbeddingGetter final : public EvidenceGetter {
 public:
  explicit EmbeddingGetter(std::unique_ptr<const embedding::Embedder> embedder)
      : embedder_(std::move(embedder)) {}

  [[nodiscard]] std::vector<Result<EvidenceValue>> Get(
      std::span<const std::string_view> prompts) const override {
    const auto vectors = embedder_->Embed(prompts);
    std::vector<Result<EvidenceValue>> values;
    values.reserve(prompts.size());
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      values.push_back(vectors.map([i](const embedding::Matrix& matrix) {
        const auto row = matrix.Row(i);
        return EvidenceValue(std::vector<float>(row.begin(), row.end()));
      }));
    }
    return values;
  }

 private:
  std::unique_ptr<const embedding::Embedder> embedder_;
};

using MadeGetter = Result<std::unique_ptr<const EvidenceGetter>>;

MadeGetter MakeEmbeddingGetter(const routing::RouterInfo& info,
                               const std::optional<config::EmbedderConfig>& config) {
  if (!config) {
    return Fail(ErrorCode::kInvalidRequest,
                "the router " + info.name + " scores embeddings of the prompts: name an embedder");
  }
  auto embedder = MakeEmbedder(*config);
  if (!embedder) return tl::unexpected(std::move(embedder.error()));
  if (auto fits = evidence::CheckEmbedder(info, (*embedder)->identity()); !fits)
    return tl::unexpected(std::move(fits.error()));
  return std::make_unique<const EmbeddingGetter>(*std::move(embedder));
}

MadeGetter MakeGetter(const routing::RouterInfo& info, const config::RouterConfig& /*config*/,
                      const std::optional<config::EmbedderConfig>& embedder) {
  if (info.evidence == routing::EvidenceKind::kEmbedding)
    return MakeEmbeddingGetter(info, embedder);
  if (embedder) {
    return Fail(ErrorCode::kInvalidRequest,
                "the router " + info.name + " does not score embeddings: it takes no embedder");
  }
  return nullptr;
}

}  // namespace

Result<Scorer> Scorer::Make(std::unique_ptr<const routing::Router> router,
                            const config::RouterConfig& config,
                            const std::optional<config::EmbedderConfig>& embedder) {
  auto getter = MakeGetter(router->Info(), config, embedder);
  if (!getter) return tl::unexpected(std::move(getter.error()));
  Scorer scorer(std::move(router));
  scorer.getter_ = *std::move(getter);
  return scorer;
}

std::vector<Result<WinRate>> Scorer::Score(std::span<const std::string_view> prompts) const {
  std::vector<Result<WinRate>> win_rates;
  win_rates.reserve(prompts.size());
  if (getter_ == nullptr) {
    for (const std::string_view prompt : prompts)
      win_rates.push_back(router_->Score({.prompt = prompt}, {}));
    return win_rates;
  }
  std::vector<std::string> sane;
  sane.reserve(prompts.size());
  for (const std::string_view prompt : prompts) sane.push_back(text::SanitizeUtf8(prompt));
  const std::vector<std::string_view> texts(sane.begin(), sane.end());
  const auto values = getter_->Get(texts);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    win_rates.push_back(values[i].and_then([&](const EvidenceValue& value) {
      return router_->Score({.prompt = texts[i]}, evidence::View(value));
    }));
  }
  return win_rates;
}

Result<std::vector<double>> Scorer::ScoreAll(
    std::span<const std::string> prompts, std::size_t max_bytes,
    const std::function<void(std::size_t done)>& progress) const {
  constexpr std::size_t kBlock = 64;
  std::vector<double> scores(prompts.size());
  std::mutex mutex;  // protects the two below
  std::size_t done = 0;
  std::optional<Error> error;
  const auto failed = [&] {
    const std::lock_guard lock(mutex);
    return error.has_value();
  };
  ParallelFor((prompts.size() + kBlock - 1) / kBlock, [&](std::size_t block) {
    if (failed()) return;
    const std::size_t begin = block * kBlock;
    const std::size_t size = std::min(kBlock, prompts.size() - begin);
    std::vector<std::string_view> texts;
    texts.reserve(size);
    for (std::size_t i = begin; i < begin + size; ++i)
      texts.push_back(text::TruncateUtf8(prompts[i], max_bytes));
    const auto win_rates = Score(texts);
    const std::lock_guard lock(mutex);
    for (std::size_t i = 0; i < size; ++i) {
      if (!win_rates[i] && !error) error = win_rates[i].error();
      if (win_rates[i]) scores[begin + i] = win_rates[i]->value();
    }
    done += size;
    if (progress && !error) progress(done);
  });
  if (error) return tl::unexpected(*std::move(error));
  return scores;
}

}  // namespace routellm::evidence_client
