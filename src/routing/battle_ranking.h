// Models, ranked and put into tiers by battles between them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"

namespace routellm::routing {

struct RankedBattle {
  std::uint32_t model_a = 0;  // indices into BattleRanking::models
  std::uint32_t model_b = 0;
  float a_wins = 0.5F;  // 1, 0, or 0.5 for a tie
  float weight = 1.0F;  // > 0
};

struct BattleRanking {
  std::vector<std::string> models;    // the strongest first
  std::vector<double> strengths;      // Bradley-Terry, natural logarithm of odds; their sum is 0
  std::vector<std::size_t> tiers;     // of the models: 0 is the strongest; none is empty
  std::vector<RankedBattle> battles;  // in the order of the file
};

// At most this many tiers, as in the paper.
inline constexpr std::size_t kTiers = 10;

// Reads battles as docs/formats/battles.md describes them, of which only models, winner and weight
// are looked at, and ranks the models. Errors: kIo; kInvalidData for a file that is not of that
// form or holds no battle, and for models that the battles do not rank (see FindUnrankable).
[[nodiscard]] Result<BattleRanking> RankBattles(const std::string& file);

// The same for battles in memory, whose models are indices into `models`. `origin` names them in
// errors.
[[nodiscard]] Result<BattleRanking> RankBattles(std::vector<std::string> models,
                                                std::vector<RankedBattle> battles,
                                                const std::string& origin);

// Parts `strengths`, in descending order, into at most `tiers` runs of neighbours such that the sum
// of the runs' variances is smallest, and returns each one's run, from 0 on. By dynamic programming
// over the last run's beginning; of equal sums the earlier end of the runs before it is taken.
// (Section "Similarity-weighted ranking" of Ong et al., RouteLLM, arXiv:2406.18665.)
[[nodiscard]] std::vector<std::size_t> MakeTiers(std::span<const double> strengths,
                                                 std::size_t tiers);

}  // namespace routellm::routing
