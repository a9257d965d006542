// What trainers on labels of any models say of their data and of their result.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "data/dataset.h"
#include "training/comparison_figures.h"
#include "training/pair_figures.h"

namespace routellm::cli {

// Reads the data and says on standard error what there is. Errors: as data::LoadDataset;
// kInvalidRequest if no data are named.
[[nodiscard]] Result<data::Dataset> LoadTrainingData(const data::DataPaths& paths);

// Their names, with commas.
[[nodiscard]] std::string SourcesOf(const data::Dataset& dataset);

// A row of a table on standard output, or its heading if `name` is empty.
void PrintComparisonFigures(std::string_view name, const training::ComparisonFigures& figures);

// What the win rate of the pair is worth, on standard output.
void PrintRouterFigures(const training::RankingFigures& ranking,
                        const std::optional<training::PairFigures>& pair,
                        const std::string& strong_model, const std::string& weak_model);

// The same in one line, for a file.
[[nodiscard]] std::string HeldOutNote(const training::ComparisonFigures& figures,
                                      const training::RankingFigures& ranking);

}  // namespace routellm::cli
