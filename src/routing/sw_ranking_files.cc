#include "routing/sw_ranking_files.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "data/csv_table.h"
#include "data/replace_file.h"
#include "data/safetensors.h"
#include "routing/embedder_metadata.h"

namespace routellm::routing {

Result<void> SaveBattles(const std::string& file, const std::vector<std::string>& models,
                         std::span<const RankedBattle> battles) {
  data::CsvTable table;
  table.header = {"model_a", "model_b", "winner", "weight"};
  for (const RankedBattle& battle : battles) {
    const char* winner = battle.a_wins == 1.0F   ? "model_a"
                         : battle.a_wins == 0.0F ? "model_b"
                                                 : "tie";
    table.rows.push_back({models[battle.model_a], models[battle.model_b], winner,
                          battle.weight == 1.0F ? "" : fmt::format("{}", battle.weight)});
  }
  return data::ReplaceFile(file, data::FormatCsv(table));
}

Result<void> SaveBattleEmbeddings(const std::string& file, const embedding::Matrix& rows,
                                  const std::vector<std::uint32_t>& row_of_battle,
                                  const embedding::EmbedderIdentity& embedder,
                                  const PairMetadata& pair,
                                  const std::map<std::string, std::string>& notes) {
  std::map<std::string, std::string, std::less<>> metadata;
  AddPairMetadata(pair, metadata);
  AddEmbedderIdentity(embedder, metadata);
  if (!notes.empty()) metadata["notes"] = nlohmann::json(notes).dump();
  return data::SaveSafetensors(
      file,
      {{"battles", {data::Dtype::kF32, {rows.rows, rows.columns}, data::AsBytes(rows.values)}},
       {"rows", {data::Dtype::kI32, {row_of_battle.size()}, data::AsBytes(row_of_battle)}}},
      metadata);
}

}  // namespace routellm::routing
