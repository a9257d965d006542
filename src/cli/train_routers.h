// The subcommands of `routellm train`, a file each.
#pragma once

#include <string>

#include <CLI/App.hpp>

namespace routellm::cli {

void AddTrainBertHead(CLI::App& train);
void AddTrainKnn(CLI::App& train);
void AddTrainMf(CLI::App& train);
void AddTrainScore(CLI::App& train);
void AddTrainMfEmbedding(CLI::App& train);
void AddTrainSwRanking(CLI::App& train);
void AddTrainWords(CLI::App& train);

// Ends the program with a clear error if `--out` cannot be written, before the work begins: a
// folder that cannot be written to should not cost a training run.
void CheckOutput(const std::string& out);

}  // namespace routellm::cli
