// What a `knn` router remembers, and the file that holds it (docs/formats/knn-checkpoint.md).
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "embedding/embedder.h"
#include "routing/hnsw_search.h"

namespace routellm::routing {

struct KnnCheckpoint {
  // Of the vectors. An empty name: not known, but for the dimension.
  embedding::EmbedderIdentity embedder;
  std::string strong_model;
  std::string weak_model;
  std::size_t neighbours = 0;  // k, 1 to the number of queries
  double temperature = 0.0;    // > 0

  std::vector<float> vectors;  // [queries, embedder.dimension], rows of length 1
  // Of the strong and the weak model on each query: [queries, 2], in [0, 1].
  std::vector<float> scores;
  // What explanations call each query, such as its id; empty: no names are remembered. Without line
  // breaks.
  std::vector<std::string> labels;
  // Links between the queries; without them every query is looked at.
  std::optional<HnswGraph> graph;
  std::size_t breadth = 0;  // of a search in the graph (HnswSearch::SetBreadth), >= 1 with a graph

  // RouterInfo::win_rate_quantiles; may be empty.
  std::vector<double> win_rate_quantiles;
  // What else there is to say. Not interpreted.
  std::map<std::string, std::string, std::less<>> notes;

  [[nodiscard]] std::size_t queries() const { return scores.size() / 2; }
};

// Error kInvalidData, saying what, for a size that does not fit, a vector that has not length 1, a
// value out of range, a name that is missing, or a graph that is not valid.
[[nodiscard]] Result<void> Validate(const KnnCheckpoint& checkpoint);

// Writes a valid checkpoint, in one step. Errors: as Validate; kIo.
[[nodiscard]] Result<void> SaveKnnCheckpoint(const KnnCheckpoint& checkpoint,
                                             const std::string& path);

// Errors: kIo; kInvalidData, naming the file, if it is not a valid checkpoint.
[[nodiscard]] Result<KnnCheckpoint> LoadKnnCheckpoint(const std::string& path);

}  // namespace routellm::routing
