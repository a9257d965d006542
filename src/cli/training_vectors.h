// Embeddings of the queries that a router is trained on.
#pragma once

#include <string>

#include <CLI/App.hpp>

#include "cli/embedder_flags.h"
#include "core/error.h"
#include "data/dataset.h"
#include "embedding/embedder.h"

namespace routellm::cli {

struct VectorFlags {
  EmbedderFlags embedder{.embedder = "hashed"};  // or none
  std::string file;                              // vectors instead of an embedder
};

// Adds --embedder and what goes with it, and --embeddings. Where the flags' embedder is "none"
// beforehand, that is a choice.
void AddVectorFlags(CLI::App& command, VectorFlags& flags);

[[nodiscard]] inline bool UsesVectors(const VectorFlags& flags) {
  return !flags.file.empty() || flags.embedder.embedder != "none";
}

struct TrainingVectors {
  embedding::Matrix rows;                // one for each query of the data
  embedding::EmbedderIdentity identity;  // of a file that does not tell, the dimension alone
};

// With an embedder, queries without an outcome or a battle are not embedded: their rows are zero.
// Shows progress on standard error. Errors: as MakeEmbedder and embedding::LoadVectors;
// kInvalidData for a file with another number of rows than there are queries.
[[nodiscard]] Result<TrainingVectors> VectorsOfQueries(const VectorFlags& flags,
                                                       const data::Dataset& dataset);

}  // namespace routellm::cli
