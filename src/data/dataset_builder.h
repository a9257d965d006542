// Puts a Dataset together file by file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/error.h"
#include "data/battle_record.h"
#include "data/dataset.h"
#include "data/score_record.h"

namespace routellm::data {

// Names numbered in the order of their first use.
class NameTable {
 public:
  explicit NameTable(std::vector<std::string>& names) : names_(names) {}
  std::uint32_t Number(std::string_view name);

 private:
  std::vector<std::string>& names_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
};

// Queries must be added before what refers to them. Each function fails with kIo, or with
// kInvalidData that names file and line; after an error the builder is of no use.
class DatasetBuilder {
 public:
  Result<void> AddQueries(const std::filesystem::path& file);
  Result<void> AddOutcomes(const std::filesystem::path& file);
  Result<void> AddBattles(const std::filesystem::path& file);
  Result<void> AddScores(const std::filesystem::path& file, const ScoredModels& models);
  Result<void> AddGroups(const std::filesystem::path& file);

  // Leaves the builder empty. Error kInvalidData if there is no comparison of two models in it.
  Result<Dataset> Finish();

 private:
  using QueryIndex = std::uint32_t;

  // nullopt if an earlier query has this id and another prompt.
  std::optional<QueryIndex> AddQuery(std::string id, std::string prompt, std::string_view source,
                                     std::string_view task);
  // The query that a battle or score speaks of, which states its prompt or names it by its id.
  Result<QueryIndex> QueryOf(
      const std::string& id, const std::string& prompt, std::string_view source,
      const std::function<Error(std::string_view field, std::string_view problem)>& error_at);
  Result<void> AddBattle(const BattleRecord& battle, std::string_view source);
  Result<void> AddScore(const ScoreRecord& score, std::string_view source,
                        const ScoredModels& models);
  void AddReferences();
  QueryIndex GroupOf(QueryIndex query);
  void Join(QueryIndex one, QueryIndex other);
  void JoinEqualPrompts();
  void NumberGroups();
  void DropRestatedOutcomes();

  Dataset dataset_;
  NameTable models_{dataset_.models};
  NameTable sources_{dataset_.sources};
  NameTable tasks_{dataset_.tasks};
  std::unordered_map<std::string, QueryIndex> query_by_id_;
  std::vector<QueryIndex> parent_;   // union-find over queries
  std::vector<Outcome> references_;  // to be added where there is no other outcome
};

}  // namespace routellm::data
