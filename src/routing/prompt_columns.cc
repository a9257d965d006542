#include "routing/prompt_columns.h"

#include <algorithm>
#include <span>

namespace routellm::routing {

BaseValues ToBaseValues(const text::PromptFeatures& features) {
  BaseValues values{};
  auto* at = std::copy(features.facts.begin(), features.facts.end(), values.begin());
  at = std::copy(features.function_words.begin(), features.function_words.end(), at);
  std::copy(features.meaning.begin(), features.meaning.end(), at);
  return values;
}

PromptColumns MakeColumns(const text::PromptFeatures& features, const ColumnScale& scale) {
  const BaseValues values = ToBaseValues(features);
  PromptColumns columns{};
  for (std::size_t i = 0; i < kBaseColumns; ++i) {
    columns[i] = std::clamp((values[i] - scale.means[i]) / scale.deviations[i],
                            -ColumnScale::kLimit, ColumnScale::kLimit);
  }
  auto* at = columns.begin() + kBaseColumns;
  const auto add_kind = [&](float kind, std::span<const std::size_t> facts) {
    *at++ = kind;
    for (const std::size_t fact : facts) *at++ = kind * columns[fact];
  };
  add_kind(features.word_problem, kWordProblemFacts);
  add_kind(features.latex_mathematics, kLatexFacts);
  for (std::size_t i = 0; i < kBaseColumns; ++i) columns[i] *= 1.0F - features.word_problem;
  return columns;
}

}  // namespace routellm::routing
