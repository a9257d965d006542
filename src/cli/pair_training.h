// What trainers for one pair of models have in common.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <CLI/App.hpp>

#include "core/error.h"
#include "data/dataset.h"
#include "training/pair_examples.h"
#include "training/pair_figures.h"

namespace routellm::cli {

struct PairTrainingFlags {
  data::DataPaths data;
  std::string out;
  std::string strong_model;
  std::string weak_model;
};

// Adds --outcomes, --battles, --scores, --strong-model and --weak-model, and --out with `out_help`.
void AddPairTrainingFlags(CLI::App& command, PairTrainingFlags& flags, const std::string& out_help);

// Where the data are; scores are of the weak model, against the strong one's answers.
[[nodiscard]] data::DataPaths PathsOf(const PairTrainingFlags& flags);

struct PairData {
  data::Dataset dataset;
  std::vector<training::PairExample> examples;
};

// Reads the data and says on standard error what there is. Errors: as data::LoadDataset and
// training::FindPairExamples; kInvalidRequest if no data are named, or nothing can be written at
// `flags.out`: better known now than after the work.
[[nodiscard]] Result<PairData> LoadPairData(const PairTrainingFlags& flags);

// The prompts of the examples, of each the first bytes that routers look at.
[[nodiscard]] std::vector<std::string_view> PromptsOf(const PairData& data);

// A table of figures on standard output, with a heading if `name` is empty.
void PrintPairFigures(std::string_view name, const training::PairFigures& figures);

}  // namespace routellm::cli
