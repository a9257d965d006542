// Why an `mf` router decided as it did: MfRouter::Explain.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "routing/feature_reasons.h"
#include "routing/mf_router.h"
#include "text/prompt_features.h"

namespace routellm::routing {
namespace {

std::string Basis(const RouterInfo& info, const MfParts& parts,
                  const std::optional<OwnLabels>& own_labels, double own) {
  std::string basis = fmt::format(
      "{} is expected to answer well with a chance of {:.0f} %, {} with {:.0f} %",
      info.strong_model, 100.0 * parts.strong_success, info.weak_model, 100.0 * parts.weak_success);
  constexpr double kLeastShown = 0.05;
  if (parts.chat >= kLeastShown) {
    basis +=
        fmt::format("; people's votes on chat, which count {:.0f} %, would prefer {} in {:.0f} %",
                    100.0 * parts.chat, info.strong_model, 50.0 * (1.0 + parts.vote));
  }
  if (own_labels) {
    basis += fmt::format("; {:.0f} % of that is kept, and your own labels add {:+.1f} points",
                         100.0 * own_labels->prior_share, 50.0 * own);
  }
  return basis;
}

}  // namespace

Result<Explanation> MfRouter::Explain(const Query& query, const Evidence& evidence) const {
  const auto win_rate = Score(query, evidence);
  if (!win_rate) return tl::unexpected(win_rate.error());
  const auto embedding = NeededEmbedding(evidence);
  if (!embedding) return tl::unexpected(embedding.error());
  const text::PromptFeatures features = text::ExtractPromptFeatures(query.prompt, words_);
  const PromptColumns columns = MakeColumns(features, scale_);
  const MfParts parts = PartsOf(functions_, columns, abilities_);
  const double gap = WithOwnLabels(parts.Gap(), query.prompt, columns, *embedding);
  const double share = own_labels_ ? own_labels_->prior_share : 1.0;
  const double own = gap - share * parts.Gap();

  // The derivative of the win rate in the gap, and of the gap in each column.
  const double raw = std::clamp((1.0 + gap) / 2.0, 1e-6, 1.0 - 1e-6);
  const double by_gap = calibration_.slope * win_rate->value() * (1.0 - win_rate->value()) /
                        (2.0 * raw * (1.0 - raw));
  const double strong = parts.strong_success * (1.0 - parts.strong_success);
  const double weak = parts.weak_success * (1.0 - parts.weak_success);
  const double strong_coordinate = functions_.Coordinate(abilities_.strong);
  const double weak_coordinate = functions_.Coordinate(abilities_.weak);
  const double vote = 0.5 * (1.0 - parts.vote * parts.vote) * (strong_coordinate - weak_coordinate);
  const double exam = parts.strong_success - parts.weak_success;
  const double gate =
      functions_.chat_share > 0.0
          ? parts.chat * (1.0 - parts.chat / functions_.chat_share) * (parts.vote - exam)
          : 0.0;
  PromptColumns slopes{};
  for (std::size_t i = 0; i < kPromptColumns; ++i) {
    const double easiness = functions_.easiness.weights[i];
    const double discrimination = functions_.discrimination.weights[i];
    double slope = (1.0 - parts.chat) * (strong * (easiness + strong_coordinate * discrimination) -
                                         weak * (easiness + weak_coordinate * discrimination));
    if (i < kBaseColumns) {
      slope += parts.chat * vote * functions_.preference.weights[i] +
               gate * functions_.is_chat.weights[i];
    }
    slope *= share;
    if (own_labels_) slope += own_labels_->columns.weights[i];
    slopes[i] = static_cast<float>(by_gap * slope);
  }
  return Explanation{
      .basis = Basis(info_, parts, own_labels_, own),
      .compared_with = "an average prompt",
      .reasons = FeatureReasons(query.prompt, features, columns, slopes, words_, scale_)};
}

}  // namespace routellm::routing
