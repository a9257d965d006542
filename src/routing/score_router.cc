#include "routing/score_router.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "routing/feature_reasons.h"
#include "routing/mf_pair.h"
#include "routing/score_distribution.h"

namespace routellm::routing {
namespace {

double Sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

}  // namespace

Result<std::unique_ptr<const ScoreRouter>> ScoreRouter::Create(const ScoreCheckpoint& checkpoint,
                                                               std::string_view strong_model,
                                                               std::string_view weak_model) {
  if (auto valid = Validate(checkpoint); !valid) return tl::unexpected(valid.error());
  if (strong_model.empty()) strong_model = checkpoint.strong_model;
  if (weak_model.empty()) weak_model = checkpoint.weak_model;
  const auto weak = FindModel(checkpoint.models, weak_model);
  if (!weak) return tl::unexpected(weak.error());
  if (strong_model == weak_model)
    return Fail(ErrorCode::kInvalidRequest, "the strong and the weak model are the same");
  auto words = text::WordVectors::Create(checkpoint.words);
  if (!words) return tl::unexpected(words.error());
  RouterInfo info{.name = "score",
                  .strong_model = std::string(strong_model),
                  .weak_model = std::string(weak_model),
                  .evidence = EvidenceKind::kNone,
                  .description = "the score, 1 to 5, that the weak model's answer would get",
                  .win_rate_quantiles = {}};
  if (weak_model == checkpoint.weak_model)
    info.win_rate_quantiles = checkpoint.win_rate_percentiles;
  std::unique_ptr<ScoreRouter> router(new ScoreRouter(*std::move(words), std::move(info)));
  router->scale_ = checkpoint.scale;
  router->thresholds_ = checkpoint.thresholds;
  const double ability = checkpoint.abilities[*weak];
  const double coordinate = (ability - checkpoint.ability_middle) / checkpoint.ability_range;
  router->quality_.bias =
      ability + checkpoint.easiness.bias + coordinate * checkpoint.discrimination.bias;
  router->quality_.weights.resize(kPromptColumns);
  for (std::size_t i = 0; i < kPromptColumns; ++i) {
    router->quality_.weights[i] =
        static_cast<float>(double{checkpoint.easiness.weights[i]} +
                           coordinate * double{checkpoint.discrimination.weights[i]});
  }
  return router;
}

ScoreDistribution ScoreRouter::Distribution(const PromptColumns& columns) const {
  const double quality = quality_(columns);
  ScoreDistribution distribution{};
  double above = 1.0;  // P(score >= the current one)
  for (std::size_t i = 0; i < distribution.log_probabilities.size(); ++i) {
    const double next = i < thresholds_.size() ? Sigmoid(quality - thresholds_[i]) : 0.0;
    distribution.log_probabilities[i] = std::log(above - next);
    above = next;
  }
  return distribution;
}

ScoreDistribution ScoreRouter::Distribution(std::string_view prompt) const {
  return Distribution(MakeColumns(text::ExtractPromptFeatures(prompt, words_), scale_));
}

Result<WinRate> ScoreRouter::Score(const Query& query, const Evidence& evidence) const {
  if (!std::holds_alternative<std::monostate>(evidence))
    return Fail(ErrorCode::kInvalidData, "this router scores prompts, not embeddings");
  return WinRateOf(Distribution(query.prompt));
}

Result<Explanation> ScoreRouter::Explain(const Query& query, const Evidence& evidence) const {
  const auto win_rate = Score(query, evidence);
  if (!win_rate) return tl::unexpected(win_rate.error());
  const text::PromptFeatures features = text::ExtractPromptFeatures(query.prompt, words_);
  const PromptColumns columns = MakeColumns(features, scale_);
  const ScoreDistribution distribution = Distribution(columns);
  double expected = 0.0;
  std::string chances;
  for (std::size_t i = 0; i < distribution.log_probabilities.size(); ++i) {
    const double chance = std::exp(distribution.log_probabilities[i]);
    expected += static_cast<double>(i + 1) * chance;
    chances += fmt::format("{}{}: {:.0f} %", i == 0 ? "" : ", ", i + 1, 100.0 * chance);
  }
  const double by_quality = -win_rate->value() * (1.0 - win_rate->value());
  PromptColumns slopes{};
  for (std::size_t i = 0; i < kPromptColumns; ++i)
    slopes[i] = static_cast<float>(by_quality * double{quality_.weights[i]});
  return Explanation{
      .basis =
          fmt::format("the answer of {} is expected to score {:.1f} of 5 ({}); the win rate is "
                      "the chance of less than 4",
                      info_.weak_model, expected, chances),
      .compared_with = "an average prompt",
      .reasons = FeatureReasons(query.prompt, features, columns, slopes, words_, scale_)};
}

}  // namespace routellm::routing
