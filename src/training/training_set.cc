#include "training/training_set.h"

#include <algorithm>
#include <cmath>

#include "text/utf8.h"
#include "training/random.h"

namespace routellm::training {
namespace {

// Judgements sorted by query, with the place where each query's begin.
template <typename Judgement>
std::vector<std::size_t> CountingSort(const std::vector<Judgement>& judgements, std::size_t queries,
                                      std::vector<Judgement>& sorted) {
  std::vector<std::size_t> begin(queries + 1, 0);
  for (const Judgement& judgement : judgements) ++begin[judgement.query + 1];
  for (std::size_t i = 1; i <= queries; ++i) begin[i] += begin[i - 1];
  sorted.resize(judgements.size());
  std::vector<std::size_t> next(begin.begin(), begin.end() - 1);
  for (const Judgement& judgement : judgements) sorted[next[judgement.query]++] = judgement;
  return begin;
}

void AddJudgements(const data::Dataset& dataset, std::vector<std::uint32_t>& origin,
                   TrainingSet& set) {
  std::vector<data::Outcome> outcomes;
  const auto count = dataset.queries.size();
  const auto outcome_begin = CountingSort(dataset.outcomes, count, outcomes);
  const auto battle_begin = CountingSort(dataset.battles, count, set.battles);
  for (const data::Outcome& outcome : outcomes)
    set.scores.push_back({outcome.model, outcome.score});
  for (std::uint32_t i = 0; i < count; ++i) {
    const data::DataQuery& from = dataset.queries[i];
    TrainingQuery query;
    query.source = from.source;
    query.task = from.task;
    query.group = from.group;
    query.has_battles = battle_begin[i + 1] > battle_begin[i];
    const auto& begin = query.has_battles ? battle_begin : outcome_begin;
    query.judgements_begin = begin[i];
    query.judgements_end = begin[i + 1];
    if (query.judgements_end - query.judgements_begin < (query.has_battles ? 1U : 2U)) continue;
    set.queries.push_back(query);
    origin.push_back(i);
  }
}

void AddFeatures(const data::Dataset& dataset, const std::vector<std::uint32_t>& origin,
                 const text::HashedFeatures& extractor, std::size_t max_prompt_bytes, Crew& crew,
                 TrainingSet& set) {
  std::vector<text::FeatureBag> bags(origin.size());
  crew.ForEach(origin.size(), [&](std::size_t i) {
    extractor.Extract(text::TruncateUtf8(dataset.queries[origin[i]].prompt, max_prompt_bytes),
                      bags[i]);
  });
  std::size_t features = 0;
  for (const text::FeatureBag& bag : bags) features += bag.buckets.size();
  set.buckets.reserve(features);
  set.weights.reserve(features);
  for (std::size_t i = 0; i < bags.size(); ++i) {
    TrainingQuery& query = set.queries[i];
    query.features_begin = set.buckets.size();
    set.buckets.insert(set.buckets.end(), bags[i].buckets.begin(), bags[i].buckets.end());
    set.weights.insert(set.weights.end(), bags[i].weights.begin(), bags[i].weights.end());
    query.features_end = set.buckets.size();
    query.dense = bags[i].dense;
    bags[i] = {};
  }
}

void MeasureScoreUnits(TrainingSet& set) {
  std::vector<double> squares(set.sources.size(), 0.0);
  std::vector<double> count(set.sources.size(), 0.0);
  for (const TrainingQuery& query : set.queries) {
    const auto scores = set.Scores(query);
    for (std::size_t i = 0; i < scores.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        const double difference = scores[i].score - scores[j].score;
        squares[query.source] += difference * difference;
        count[query.source] += difference != 0.0 ? 1.0 : 0.0;
      }
    }
  }
  for (std::size_t s = 0; s < squares.size(); ++s) {
    set.score_unit.push_back(count[s] > 0.0 ? static_cast<float>(std::sqrt(squares[s] / count[s]))
                                            : 1.0F);
  }
}

}  // namespace

std::span<const ModelScore> TrainingSet::Scores(const TrainingQuery& query) const {
  if (query.has_battles) return {};
  return std::span(scores).subspan(query.judgements_begin,
                                   query.judgements_end - query.judgements_begin);
}

std::span<const data::Battle> TrainingSet::Battles(const TrainingQuery& query) const {
  if (!query.has_battles) return {};
  return std::span(battles).subspan(query.judgements_begin,
                                    query.judgements_end - query.judgements_begin);
}

float TrainingSet::Preference(const TrainingQuery& query, float first, float second) const {
  const float difference = (first - second) / score_unit[query.source];
  return 0.5F + 0.5F * std::clamp(difference, -1.0F, 1.0F);
}

TrainingSet MakeTrainingSet(const data::Dataset& dataset, const text::HashedFeatures& extractor,
                            std::size_t max_prompt_bytes, Crew& crew) {
  TrainingSet set;
  set.models = dataset.models;
  set.sources = dataset.sources;
  set.tasks = dataset.tasks;
  std::vector<std::uint32_t> origin;  // of each training query, its index in the data set
  AddJudgements(dataset, origin, set);
  AddFeatures(dataset, origin, extractor, max_prompt_bytes, crew, set);
  MeasureScoreUnits(set);
  return set;
}

Split SplitByGroup(const TrainingSet& set, double share, std::uint64_t seed) {
  Split split;
  for (std::uint32_t i = 0; i < set.queries.size(); ++i) {
    const bool held_out = Random({seed, set.queries[i].group}).Uniform() < share;
    (held_out ? split.held_out : split.training).push_back(i);
  }
  return split;
}

Split SplitBySource(const TrainingSet& set, std::uint32_t source) {
  std::vector<bool> group_is_held_out;
  Split split;
  for (std::uint32_t i = 0; i < set.queries.size(); ++i) {
    const TrainingQuery& query = set.queries[i];
    if (query.group >= group_is_held_out.size()) group_is_held_out.resize(query.group + 1, false);
    if (query.source != source) continue;
    group_is_held_out[query.group] = true;
    split.held_out.push_back(i);
  }
  for (std::uint32_t i = 0; i < set.queries.size(); ++i) {
    if (!group_is_held_out[set.queries[i].group]) split.training.push_back(i);
  }
  return split;
}

}  // namespace routellm::training
