#include "evaluation/score_prompts.h"

#include <algorithm>
#include <mutex>
#include <optional>

#include "core/parallel.h"
#include "routing/random_router.h"
#include "text/utf8.h"

namespace routellm::evaluation {
namespace {

Result<void> CheckEmbeddings(const routing::Router& router, const embedding::Matrix* embeddings,
                             std::size_t prompts) {
  if (embeddings == nullptr) {
    return Fail(ErrorCode::kInvalidData, "the router " + router.Info().name +
                                             " scores embeddings of the prompts: say where they "
                                             "are (prompt_embeddings)");
  }
  if (embeddings->rows == prompts) return {};
  return Fail(ErrorCode::kInvalidData, "there are " + std::to_string(embeddings->rows) +
                                           " embeddings for " + std::to_string(prompts) +
                                           " prompts: one for each is needed, in order");
}

}  // namespace

Result<std::vector<double>> ScorePrompts(const routing::Router& router,
                                         std::span<const std::string> prompts,
                                         std::size_t max_bytes,
                                         const embedding::Matrix* embeddings) {
  const bool embedded = router.Info().evidence == routing::EvidenceKind::kEmbedding;
  if (embedded) {
    if (auto fit = CheckEmbeddings(router, embeddings, prompts.size()); !fit)
      return tl::unexpected(std::move(fit.error()));
  }
  constexpr std::size_t kBlock = 64;
  std::vector<double> scores(prompts.size());
  std::mutex mutex;
  std::optional<Error> error;  // protected by mutex
  ParallelFor((prompts.size() + kBlock - 1) / kBlock, [&](std::size_t block) {
    const std::size_t end = std::min(prompts.size(), (block + 1) * kBlock);
    for (std::size_t i = block * kBlock; i < end; ++i) {
      const routing::Evidence evidence =
          embedded ? routing::Evidence(embeddings->Row(i)) : routing::Evidence();
      const auto win_rate = router.Score({text::TruncateUtf8(prompts[i], max_bytes)}, evidence);
      if (!win_rate) {
        const std::lock_guard lock(mutex);
        error = win_rate.error();
        return;
      }
      scores[i] = win_rate->value();
    }
  });
  if (error) return tl::unexpected(*error);
  return scores;
}

std::vector<double> LengthScores(std::span<const std::string> prompts) {
  std::vector<double> scores;
  for (const std::string& prompt : prompts) {
    // Each character has one byte that does not continue another.
    scores.push_back(static_cast<double>(std::count_if(prompt.begin(), prompt.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    })));
  }
  return scores;
}

std::vector<double> RandomScores(std::uint64_t seed, std::size_t count) {
  const routing::RandomRouter router(seed);
  std::vector<double> scores;
  for (std::size_t i = 0; i < count; ++i) scores.push_back(router.Score({}, {})->value());
  return scores;
}

}  // namespace routellm::evaluation
