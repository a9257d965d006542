// The files of the `sw_ranking` router, as its trainer writes them.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "embedding/embedder.h"
#include "routing/battle_ranking.h"
#include "routing/pair_metadata.h"

namespace routellm::routing {

// Battles for RankBattles(file): CSV with `model_a`, `model_b`, `winner` and `weight`, without
// prompts. In one step. Error kIo.
[[nodiscard]] Result<void> SaveBattles(const std::string& file,
                                       const std::vector<std::string>& models,
                                       std::span<const RankedBattle> battles);

// Embeddings, and the row of each battle, for BattleEmbeddings::Load: a safetensors file with the
// embedder's identity, the pair and its calibration table, and `notes` as metadata. In one step.
// Error kIo.
[[nodiscard]] Result<void> SaveBattleEmbeddings(const std::string& file,
                                                const embedding::Matrix& rows,
                                                const std::vector<std::uint32_t>& row_of_battle,
                                                const embedding::EmbedderIdentity& embedder,
                                                const PairMetadata& pair,
                                                const std::map<std::string, std::string>& notes);

}  // namespace routellm::routing
