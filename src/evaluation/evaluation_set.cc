#include "evaluation/evaluation_set.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>

namespace routellm::evaluation {

EvaluationSet EvaluationSet::FromBenchmark(data::Benchmark benchmark) {
  EvaluationSet set;
  set.name_ = std::move(benchmark.name);
  set.unit_ = std::move(benchmark.unit);
  set.scale_ = benchmark.scale;
  set.prompts_ = std::move(benchmark.prompts);
  set.contaminated_ = benchmark.contaminated;
  for (data::ModelScores& model : benchmark.models) {
    set.models_.push_back(std::move(model.model));
    std::vector<Answer>& answers = set.answers_.emplace_back();
    answers.reserve(model.scores.size());
    for (const double score : model.scores) {
      answers.push_back({static_cast<std::uint32_t>(answers.size()), kNoOpponent, score, 1.0});
    }
  }
  return set;
}

EvaluationSet EvaluationSet::FromOutcomes(data::Dataset dataset, std::string name) {
  EvaluationSet set;
  set.name_ = std::move(name);
  set.unit_ = "% of the best score";
  set.scale_ = 100.0;
  set.TakeQueries(dataset);
  for (const data::Outcome& outcome : dataset.outcomes) {
    set.answers_[outcome.model].push_back({outcome.query, kNoOpponent, outcome.score, 1.0});
  }
  set.SortAnswers();
  return set;
}

EvaluationSet EvaluationSet::FromBattles(data::Dataset dataset, std::string name) {
  EvaluationSet set;
  set.name_ = std::move(name);
  set.unit_ = "% preferred";
  set.scale_ = 100.0;
  set.battles_ = true;
  set.TakeQueries(dataset);
  for (const data::Battle& battle : dataset.battles) {
    set.answers_[battle.model_a].push_back(
        {battle.query, battle.model_b, battle.a_wins, battle.weight});
    set.answers_[battle.model_b].push_back(
        {battle.query, battle.model_a, 1.0 - battle.a_wins, battle.weight});
  }
  set.SortAnswers();
  return set;
}

void EvaluationSet::TakeQueries(data::Dataset& dataset) {
  prompts_.reserve(dataset.queries.size());
  for (data::DataQuery& query : dataset.queries) prompts_.push_back(std::move(query.prompt));
  models_ = std::move(dataset.models);
  answers_.resize(models_.size());
}

// Sorts, and replaces several answers to one question by their mean.
void EvaluationSet::SortAnswers() {
  const auto place = [](const Answer& answer) { return std::tie(answer.query, answer.opponent); };
  for (std::vector<Answer>& answers : answers_) {
    std::stable_sort(answers.begin(), answers.end(),
                     [&](const Answer& a, const Answer& b) { return place(a) < place(b); });
    std::vector<Answer> merged;
    merged.reserve(answers.size());
    for (const Answer& answer : answers) {
      if (merged.empty() || place(merged.back()) != place(answer)) {
        merged.push_back(answer);
        continue;
      }
      Answer& mean = merged.back();
      const double weight = mean.weight + answer.weight;
      mean.score += (answer.score - mean.score) * answer.weight / weight;
      mean.weight = weight;
    }
    answers = std::move(merged);
  }
}

std::string EvaluationSet::ModelList() const { return fmt::format("{}", fmt::join(models_, ", ")); }

Result<std::size_t> EvaluationSet::Find(std::string_view model) const {
  const auto found = std::find(models_.begin(), models_.end(), model);
  if (found != models_.end()) return static_cast<std::size_t>(found - models_.begin());
  return Fail(ErrorCode::kModelNotFound,
              fmt::format("{} has no model '{}'; it has: {}", name_, model, ModelList()));
}

PairMaterial EvaluationSet::Material(std::size_t strong, std::size_t weak) const {
  PairMaterial material;
  PairOutcomes& outcomes = material.outcomes;
  outcomes.scale = scale_;
  if (battles_) {
    for (const Answer& answer : answers_[strong]) {
      if (answer.opponent != weak) continue;
      material.queries.push_back(answer.query);
      outcomes.strong.push_back(answer.score);
      outcomes.weak.push_back(1.0 - answer.score);
    }
    return material;
  }
  auto other = answers_[weak].begin();
  for (const Answer& answer : answers_[strong]) {
    while (other != answers_[weak].end() && other->query < answer.query) ++other;
    if (other == answers_[weak].end()) break;
    if (other->query != answer.query) continue;
    material.queries.push_back(answer.query);
    outcomes.strong.push_back(answer.score);
    outcomes.weak.push_back(other->score);
  }
  return material;
}

Result<PairMaterial> EvaluationSet::Pair(std::string_view strong, std::string_view weak) const {
  const auto strong_row = Find(strong);
  if (!strong_row) return tl::unexpected(strong_row.error());
  const auto weak_row = Find(weak);
  if (!weak_row) return tl::unexpected(weak_row.error());
  if (*strong_row == *weak_row) {
    return Fail(ErrorCode::kInvalidRequest, fmt::format("'{}' cannot be both models", strong));
  }
  PairMaterial material = Material(*strong_row, *weak_row);
  if (!material.queries.empty()) return material;
  return Fail(ErrorCode::kInvalidRequest,
              fmt::format("{}: no query has {} '{}' and '{}'", name_,
                          battles_ ? "a battle of" : "outcomes of both", strong, weak));
}

std::vector<EvaluationSet::Names> EvaluationSet::Pairs(std::size_t min_queries) const {
  std::vector<Names> pairs;
  for (std::size_t one = 0; one < models_.size(); ++one) {
    for (std::size_t other = one + 1; other < models_.size(); ++other) {
      const PairMaterial material = Material(one, other);
      if (material.queries.size() < std::max<std::size_t>(min_queries, 1)) continue;
      const PairQuality quality = AllQueries(material.outcomes).quality;
      if (quality.strong > quality.weak) pairs.push_back({models_[one], models_[other]});
      if (quality.strong < quality.weak) pairs.push_back({models_[other], models_[one]});
    }
  }
  return pairs;
}

}  // namespace routellm::evaluation
