// Why an `mf` router decided as it did: MfRouter::Explain.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "routing/mf_router.h"
#include "text/prompt_features.h"
#include "text/words.h"

namespace routellm::routing {
namespace {

constexpr std::size_t kFacts = text::PromptFeatures::kFacts;
constexpr std::size_t kFunctionWords = text::PromptFeatures::kFunctionWords;
constexpr std::size_t kMeaning = kFacts + kFunctionWords;  // the first column of the word vectors

double Sum(const PromptColumns& effects, std::size_t begin, std::size_t count) {
  double sum = 0.0;
  for (std::size_t i = begin; i < begin + count; ++i) sum += effects[i];
  return sum;
}

void AddFacts(const PromptColumns& columns, const PromptColumns& effects,
              std::vector<Reason>& reasons) {
  const auto facts = text::PromptFacts();
  for (std::size_t i = 0; i < kFacts; ++i) {
    const std::string_view phrase = columns[i] > 0.0F ? facts[i].high : facts[i].low;
    reasons.push_back({std::string(phrase), effects[i]});
  }
}

void AddFunctionWords(const text::PromptFeatures& features, const PromptColumns& effects,
                      std::vector<Reason>& reasons) {
  const auto words = text::FunctionWords();
  for (std::size_t i = 0; i < kFunctionWords; ++i) {
    const std::string_view without = features.function_words[i] > 0.0F ? "" : "no ";
    reasons.push_back({fmt::format("{}\"{}\"", without, words[i]), effects[kFacts + i]});
  }
}

// Shares the effect of the mean word vector out among the words: `slopes` is that of the win rate
// in each of the mean's numbers.
void AddWords(std::string_view prompt, const text::WordVectors& vectors, const ColumnScale& scale,
              const text::WordVectors::Vector& slopes, std::vector<Reason>& reasons) {
  std::vector<text::Word> words;
  text::SplitWords(prompt, words);
  const text::WordTable& table = vectors.table();
  double weights = 0.0;
  std::vector<Reason> found;
  for (const text::Word& word : words) {
    const std::ptrdiff_t at = vectors.Find(word.hash);
    if (at < 0) continue;
    const auto entry = static_cast<std::size_t>(at);
    double effect = 0.0;
    for (std::size_t i = 0; i < slopes.size(); ++i) {
      const double value =
          double{table.scales[entry]} * table.codes[entry * text::WordTable::kDimension + i];
      effect += double{slopes[i]} * (value - scale.means[kMeaning + i]);
    }
    weights += table.weights[entry];
    effect *= table.weights[entry];
    const std::string what = "\"" + table.words[entry] + "\"";
    const auto same = std::find_if(found.begin(), found.end(),
                                   [&](const Reason& reason) { return reason.what == what; });
    if (same != found.end()) {
      same->effect += effect;
    } else {
      found.push_back({what, effect});
    }
  }
  for (Reason& reason : found) {
    reason.effect /= weights;
    reasons.push_back(std::move(reason));
  }
}

std::string Basis(const MfParts& parts, const std::optional<OwnLabels>& own_labels, double own) {
  std::string basis = fmt::format("chance to succeed: strong {:.2f}, weak {:.2f}",
                                  parts.strong_success, parts.weak_success);
  basis += fmt::format("; votes on chat, at {:.0f} % of the weight: {:.2f}", 100.0 * parts.chat,
                       (1.0 + parts.vote) / 2.0);
  if (own_labels) {
    basis += fmt::format("; of that {:.0f} % kept, own labels: {:+.2f}",
                         100.0 * own_labels->prior_share, own / 2.0);
  }
  return basis;
}

}  // namespace

Result<Explanation> MfRouter::Explain(const Query& query, const Evidence& evidence) const {
  const auto win_rate = Score(query, evidence);
  if (!win_rate) return tl::unexpected(win_rate.error());
  const text::PromptFeatures features = text::ExtractPromptFeatures(query.prompt, words_);
  const PromptColumns columns = MakeColumns(features, scale_);
  const MfParts parts = PartsOf(functions_, columns, abilities_);
  const double gap = WithOwnLabels(parts.Gap(), query.prompt, columns);
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
  PromptColumns slopes{};
  for (std::size_t i = 0; i < kPromptColumns; ++i) {
    const double easiness = functions_.easiness.weights[i];
    const double discrimination = functions_.discrimination.weights[i];
    double slope = (1.0 - parts.chat) * (strong * (easiness + strong_coordinate * discrimination) -
                                         weak * (easiness + weak_coordinate * discrimination));
    if (i < kBaseColumns) slope += parts.chat * vote * functions_.preference.weights[i];
    slope *= share;
    if (own_labels_) slope += own_labels_->columns.weights[i];
    slopes[i] = static_cast<float>(by_gap * slope);
  }
  PromptColumns effects{};
  for (std::size_t i = 0; i < kPromptColumns; ++i) effects[i] = slopes[i] * columns[i];

  Explanation explanation{.basis = Basis(parts, own_labels_, own), .reasons = {}};
  std::vector<Reason>& reasons = explanation.reasons;
  AddFacts(columns, effects, reasons);
  AddFunctionWords(features, effects, reasons);
  text::WordVectors::Vector meaning_slopes{};
  for (std::size_t i = 0; i < meaning_slopes.size(); ++i)
    meaning_slopes[i] =
        slopes[kMeaning + i] * (1.0F - features.word_problem) / scale_.deviations[kMeaning + i];
  AddWords(query.prompt, words_, scale_, meaning_slopes, reasons);
  reasons.push_back({"a word problem", Sum(effects, kBaseColumns, kWordProblemColumns)});
  reasons.push_back(
      {"mathematics in LaTeX", Sum(effects, kBaseColumns + kWordProblemColumns, kLatexColumns)});
  std::erase_if(reasons, [](const Reason& reason) { return std::abs(reason.effect) < 5e-4; });
  std::stable_sort(reasons.begin(), reasons.end(), [](const Reason& a, const Reason& b) {
    return std::abs(a.effect) > std::abs(b.effect);
  });
  return explanation;
}

}  // namespace routellm::routing
