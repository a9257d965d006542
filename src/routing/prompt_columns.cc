#include "routing/prompt_columns.h"

#include <algorithm>

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
  std::size_t at = kBaseColumns;
  for (const float kind : {features.word_problem, features.latex_mathematics}) {
    columns[at++] = kind;
    for (const std::size_t fact : kInteractingFacts) columns[at++] = kind * columns[fact];
  }
  return columns;
}

}  // namespace routellm::routing
