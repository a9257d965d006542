#include "training/response_rows.h"

#include <algorithm>
#include <map>
#include <utility>

namespace routellm::training {
namespace {

constexpr std::size_t kMinStratum = 100;  // queries

}  // namespace

PromptKind KindOf(const text::PromptFeatures& features) {
  constexpr std::size_t kCodeFact = 6;
  constexpr std::size_t kOptionsFact = 8;
  if (features.facts[kOptionsFact] > 0.25F) return PromptKind::kMultipleChoice;  // three or more
  if (features.facts[kCodeFact] > 0.0F) return PromptKind::kCode;
  if (features.latex_mathematics > 0.3F) return PromptKind::kLatexMathematics;
  if (features.word_problem > 0.3F) return PromptKind::kWordProblem;
  return PromptKind::kOther;
}

std::vector<ResponseRow> MakeResponseRows(const data::Dataset& dataset,
                                          std::span<const double> abilities,
                                          const AbilityScale& scale) {
  constexpr std::size_t kLevels = 3;
  std::vector<ResponseRow> all(dataset.queries.size() * kLevels);
  for (const data::Outcome& outcome : dataset.outcomes) {
    const double ability = abilities[outcome.model];
    const double coordinate = scale.Coordinate(ability);
    const std::uint32_t level = coordinate >= 0.0 ? 0 : coordinate >= -1.0 ? 1 : 2;
    ResponseRow& row = all[outcome.query * kLevels + level];
    row.query = outcome.query;
    row.level = level;
    row.count += 1.0;
    row.score += outcome.score;
    row.ability += ability;
  }
  std::erase_if(all, [](const ResponseRow& row) { return row.count == 0.0; });
  for (ResponseRow& row : all) {
    row.score /= row.count;
    row.ability /= row.count;
  }
  return all;
}

Strata FindStrata(const data::Dataset& dataset, std::span<const text::PromptFeatures> features) {
  using Key = std::pair<std::uint32_t, PromptKind>;
  std::map<Key, std::size_t> sizes;
  for (std::size_t i = 0; i < features.size(); ++i)
    ++sizes[{dataset.queries[i].source, KindOf(features[i])}];
  Strata strata;
  std::map<Key, std::uint32_t> numbers;
  strata.of_query.reserve(features.size());
  for (std::size_t i = 0; i < features.size(); ++i) {
    Key key{dataset.queries[i].source, KindOf(features[i])};
    if (sizes[key] < kMinStratum) key.second = PromptKind::kOther;
    const auto next = static_cast<std::uint32_t>(numbers.size());
    strata.of_query.push_back(numbers.emplace(key, next).first->second);
  }
  strata.count = numbers.size();
  return strata;
}

}  // namespace routellm::training
