// The `score` router: which score, 1 to 5, the weak model's answer deserves, by the features of the
// prompt.
#pragma once

#include <memory>
#include <string_view>

#include "routing/prompt_columns.h"
#include "routing/router.h"
#include "routing/score_checkpoint.h"
#include "text/word_vectors.h"

namespace routellm::routing {

// The formula of score_checkpoint.h for one weak model. The win rate is 1 - P(score >= 4),
// whichever the strong model is.
class ScoreRouter final : public Router {
 public:
  // Empty names: those of the checkpoint's default pair; the strong model's is only told. Errors:
  // kInvalidRequest if the weak model is none of the checkpoint's, or both are the same;
  // kInvalidData if the checkpoint is not valid.
  [[nodiscard]] static Result<std::unique_ptr<const ScoreRouter>> Create(
      const ScoreCheckpoint& checkpoint, std::string_view strong_model,
      std::string_view weak_model);

  [[nodiscard]] const RouterInfo& Info() const override { return info_; }
  [[nodiscard]] Result<WinRate> Score(const Query& query, const Evidence& evidence) const override;
  [[nodiscard]] Result<Explanation> Explain(const Query& query,
                                            const Evidence& evidence) const override;

  // How likely each score is.
  [[nodiscard]] ScoreDistribution Distribution(std::string_view prompt) const;

 private:
  ScoreRouter(text::WordVectors words, RouterInfo info)
      : info_(std::move(info)), words_(std::move(words)) {}

  [[nodiscard]] ScoreDistribution Distribution(const PromptColumns& columns) const;

  RouterInfo info_;
  text::WordVectors words_;
  ColumnScale scale_;
  LinearFunction quality_;  // what the thresholds are taken from
  std::array<double, ScoreCheckpoint::kThresholds> thresholds_{};
};

}  // namespace routellm::routing
