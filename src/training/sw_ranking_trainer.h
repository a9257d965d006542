// From labels of any models to what the `sw_ranking` router reads.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "data/dataset.h"
#include "embedding/embedder.h"
#include "routing/battle_ranking.h"
#include "training/comparison_figures.h"
#include "training/comparisons.h"
#include "training/pair_figures.h"
#include "training/query_split.h"

namespace routellm::training {

struct SwRankingTrainingOptions {
  std::string strong_model = {};
  std::string weak_model = {};
  // A ranking has no intercepts: kIntercepts is refused.
  SampledVotes sampled = SampledVotes::kPlain;
  QuerySplit split = {.validation = 0.0};
  std::size_t most_judged = 1000;  // held-out comparisons that figures are made of
};

struct SwRankingTraining {
  // What the router remembers: battles that rank their models, and embeddings of their queries.
  std::vector<std::string> models;
  std::vector<routing::RankedBattle> battles;  // of indices into `models`
  embedding::Matrix vectors;
  std::vector<std::uint32_t> row_of_battle;  // in `vectors`
  // What it cannot use.
  std::vector<std::string> unrankable;  // models that never beat, or never lost to, the rest
  std::size_t dropped = 0;              // battles of those models, or without an embedding
  // Of a ranking that has not seen the held-out queries.
  ComparisonFigures held_out;
  RankingFigures ranking;
  std::optional<PairFigures> pair;         // of queries that both models were judged on, if any
  std::vector<double> win_rate_quantiles;  // the pair's, on held-out queries
};

// `vectors` has a row for each query of the data. Outcomes become battles: of two models the one
// with the higher score wins, and equal scores are a tie. Models that no chain of wins and losses
// joins with the strong one are left out, since nothing ranks them. Nothing is chosen: the held-out
// part of the queries (by group) gives the figures and the calibration table, and the result then
// holds all battles.
//
// `progress` is called with the number of held-out comparisons judged, one call at a time. The same
// input gives the same result with any number of threads. Errors: kInvalidRequest for kIntercepts,
// for a pair that the data do not know or that is one model; kInvalidData for fewer than 20
// comparisons held out or else, or a weak model that is not ranked with the strong one; kCancelled
// soon after `cancelled` is set.
[[nodiscard]] Result<SwRankingTraining> TrainSwRanking(
    const data::Dataset& dataset, const embedding::Matrix& vectors,
    const SwRankingTrainingOptions& options,
    const std::function<void(std::size_t done, std::size_t total)>& progress,
    const std::atomic<bool>& cancelled);

}  // namespace routellm::training
