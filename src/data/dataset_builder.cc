#include "data/dataset_builder.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "data/csv_reader.h"
#include "data/dataset_files.h"
#include "data/json_lines.h"
#include "data/text_file.h"

namespace routellm::data {
namespace {

// Lists such as "left_win|self_los_MODEL": a `self_` entry says that the vote was drawn for MODEL's
// result.
bool SampledFor(std::string_view lists, std::string_view model) {
  while (!lists.empty()) {
    const std::string_view list = lists.substr(0, lists.find('|'));
    lists.remove_prefix(std::min(lists.size(), list.size() + 1));
    constexpr std::size_t kPrefix = 9;  // "self_win_" and "self_los_"
    if ((list.starts_with("self_win_") || list.starts_with("self_los_")) &&
        list.substr(kPrefix) == model)
      return true;
  }
  return false;
}

}  // namespace

std::uint32_t NameTable::Number(std::string_view name) {
  const auto [entry, added] =
      numbers_.try_emplace(std::string(name), static_cast<std::uint32_t>(names_.size()));
  if (added) names_.emplace_back(name);
  return entry->second;
}

Result<void> DatasetBuilder::AddQueries(const std::filesystem::path& file) {
  const auto text = ReadTextFile(file);
  if (!text) return tl::unexpected(text.error());
  const std::string source = SourceName(file);
  return ForEachJsonLine(file.string(), *text, [&](const JsonLine& line) -> Result<void> {
    const auto id = line.String("id");
    if (!id) return tl::unexpected(id.error());
    const auto prompt = line.String("prompt");
    if (!prompt) return tl::unexpected(prompt.error());
    std::string_view task;
    if (line.Find("task") != nullptr) {
      const auto named = line.String("task");
      if (!named) return tl::unexpected(named.error());
      task = *named;
    }
    if (AddQuery(std::string(*id), std::string(*prompt), source, task)) return {};
    return tl::unexpected(line.ErrorAt("id", "an earlier query has this id and another prompt"));
  });
}

Result<void> DatasetBuilder::AddOutcomes(const std::filesystem::path& file) {
  auto text = ReadTextFile(file);
  if (!text) return tl::unexpected(text.error());
  auto reader = CsvReader::Create(file.string(), *std::move(text));
  if (!reader) return tl::unexpected(reader.error());
  const auto id = reader->Column("id");
  if (!id) return tl::unexpected(id.error());
  const auto model = reader->Column("model");
  if (!model) return tl::unexpected(model.error());
  const auto score_column = reader->Column("score");
  if (!score_column) return tl::unexpected(score_column.error());
  for (;;) {
    const auto more = reader->Next();
    if (!more) return tl::unexpected(more.error());
    if (!*more) return {};
    const auto query = query_by_id_.find(reader->Field(*id));
    if (query == query_by_id_.end())
      return tl::unexpected(reader->ErrorAt(*id, "no query has this id"));
    if (reader->Field(*model).empty()) return tl::unexpected(reader->ErrorAt(*model, "empty"));
    const auto score = reader->Number(*score_column, 0.0, 1.0);
    if (!score) return tl::unexpected(score.error());
    dataset_.outcomes.push_back(
        {query->second, models_.Number(reader->Field(*model)), static_cast<float>(*score)});
  }
}

Result<void> DatasetBuilder::AddBattles(const std::filesystem::path& file) {
  const std::string source = SourceName(file);
  return ForEachBattle(file, [&](const BattleRecord& battle) { return AddBattle(battle, source); });
}

Result<void> DatasetBuilder::AddScores(const std::filesystem::path& file,
                                       const ScoredModels& models) {
  const std::string source = SourceName(file);
  return ForEachScore(file,
                      [&](const ScoreRecord& score) { return AddScore(score, source, models); });
}

Result<void> DatasetBuilder::AddGroups(const std::filesystem::path& file) {
  auto text = ReadTextFile(file);
  if (!text) return tl::unexpected(text.error());
  auto reader = CsvReader::Create(file.string(), *std::move(text));
  if (!reader) return tl::unexpected(reader.error());
  const auto group = reader->Column("group");
  if (!group) return tl::unexpected(group.error());
  const auto id = reader->Column("id");
  if (!id) return tl::unexpected(id.error());
  std::unordered_map<std::string, QueryIndex> first_of_group;
  for (;;) {
    const auto more = reader->Next();
    if (!more) return tl::unexpected(more.error());
    if (!*more) return {};
    const auto query = query_by_id_.find(reader->Field(*id));
    if (query == query_by_id_.end()) continue;  // groups may speak of sources that are not loaded
    const auto [first, is_first] = first_of_group.try_emplace(reader->Field(*group), query->second);
    if (!is_first) Join(first->second, query->second);
  }
}

Result<Dataset> DatasetBuilder::Finish() {
  AddReferences();
  JoinEqualPrompts();
  NumberGroups();
  DropRestatedOutcomes();
  if (dataset_.battles.empty() && dataset_.outcomes.empty()) {
    return Fail(ErrorCode::kInvalidData, "invalid data",
                "neither an outcome nor a battle was found");
  }
  return std::exchange(dataset_, Dataset{});
}

std::optional<DatasetBuilder::QueryIndex> DatasetBuilder::AddQuery(std::string id,
                                                                   std::string prompt,
                                                                   std::string_view source,
                                                                   std::string_view task) {
  const auto next = static_cast<QueryIndex>(dataset_.queries.size());
  const auto [entry, added] = query_by_id_.try_emplace(id, next);
  if (!added) {
    if (dataset_.queries[entry->second].prompt == prompt) return entry->second;
    return std::nullopt;
  }
  DataQuery query;
  query.id = std::move(id);
  query.prompt = std::move(prompt);
  query.source = sources_.Number(source);
  query.task =
      tasks_.Number(task.empty() ? std::string(source) : fmt::format("{}/{}", source, task));
  dataset_.queries.push_back(std::move(query));
  parent_.push_back(next);
  return next;
}

Result<DatasetBuilder::QueryIndex> DatasetBuilder::QueryOf(
    const std::string& id, const std::string& prompt, std::string_view source,
    const std::function<Error(std::string_view, std::string_view)>& error_at) {
  if (prompt.empty()) {
    const auto query = query_by_id_.find(id);
    if (query == query_by_id_.end()) return tl::unexpected(error_at("id", "no query has this id"));
    return query->second;
  }
  const auto query =
      AddQuery(fmt::format("{}#{}", source, id.empty() ? std::to_string(parent_.size()) : id),
               prompt, source, "");
  if (!query)
    return tl::unexpected(error_at("id", "an earlier record has this id and another prompt"));
  return *query;
}

Result<void> DatasetBuilder::AddScore(const ScoreRecord& score, std::string_view source,
                                      const ScoredModels& models) {
  const std::string& model = score.model.empty() ? models.scored : score.model;
  if (model.empty()) return tl::unexpected(score.error_at("model", "missing"));
  const auto query = QueryOf(score.id, score.prompt, source, score.error_at);
  if (!query) return tl::unexpected(query.error());
  dataset_.outcomes.push_back({*query, models_.Number(model), (score.score - 1.0F) / 4.0F});
  if (!models.reference.empty() && model != models.reference)
    references_.push_back({*query, models_.Number(models.reference), 1.0F});
  return {};
}

Result<void> DatasetBuilder::AddBattle(const BattleRecord& battle, std::string_view source) {
  const auto query = QueryOf(battle.id, battle.prompt, source, battle.error_at);
  if (!query) return tl::unexpected(query.error());
  Battle added;
  added.query = *query;
  added.model_a = models_.Number(battle.model_a);
  added.model_b = models_.Number(battle.model_b);
  added.a_wins = battle.a_wins;
  added.weight = battle.weight;
  added.sampled_for_a = SampledFor(battle.sampled_for, battle.model_a);
  added.sampled_for_b = SampledFor(battle.sampled_for, battle.model_b);
  dataset_.battles.push_back(added);
  return {};
}

DatasetBuilder::QueryIndex DatasetBuilder::GroupOf(QueryIndex query) {
  while (parent_[query] != query) query = parent_[query] = parent_[parent_[query]];
  return query;
}

void DatasetBuilder::Join(QueryIndex one, QueryIndex other) {
  one = GroupOf(one);
  other = GroupOf(other);
  parent_[std::max(one, other)] = std::min(one, other);
}

void DatasetBuilder::JoinEqualPrompts() {
  std::unordered_map<std::string_view, QueryIndex> first_with_prompt;
  for (QueryIndex i = 0; i < dataset_.queries.size(); ++i) {
    const auto [first, is_first] = first_with_prompt.try_emplace(dataset_.queries[i].prompt, i);
    if (!is_first) Join(first->second, i);
  }
}

void DatasetBuilder::NumberGroups() {
  std::vector<std::uint32_t> number(parent_.size());
  for (QueryIndex i = 0; i < parent_.size(); ++i) {
    const QueryIndex root = GroupOf(i);  // never after i, as Join keeps the lower index
    if (root == i) number[i] = static_cast<std::uint32_t>(dataset_.group_count++);
    dataset_.queries[i].group = number[root];
  }
}

void DatasetBuilder::AddReferences() {
  if (references_.empty()) return;
  const std::uint32_t model = references_.front().model;
  std::vector<bool> has_score(dataset_.queries.size(), false);
  for (const Outcome& outcome : dataset_.outcomes) {
    if (outcome.model == model) has_score[outcome.query] = true;
  }
  for (const Outcome& reference : references_) {
    if (has_score[reference.query]) continue;
    has_score[reference.query] = true;
    dataset_.outcomes.push_back(reference);
  }
}

void DatasetBuilder::DropRestatedOutcomes() {
  std::vector<bool> has_battle(dataset_.queries.size(), false);
  for (const Battle& battle : dataset_.battles) has_battle[battle.query] = true;
  std::erase_if(dataset_.outcomes,
                [&](const Outcome& outcome) { return has_battle[outcome.query]; });
}

}  // namespace routellm::data
