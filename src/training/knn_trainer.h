// From the outcomes of a pair of models to a checkpoint of the `knn` router.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/error.h"
#include "embedding/embedder.h"
#include "routing/knn_checkpoint.h"
#include "training/pair_examples.h"
#include "training/pair_figures.h"

namespace routellm::training {

enum class KnnIndex : std::uint8_t {
  kAuto,   // a graph for more than 5,000 queries
  kExact,  // none: every query is looked at
  kGraph,
};

struct KnnTrainingOptions {
  std::string strong_model;
  std::string weak_model;
  KnnIndex index = KnnIndex::kAuto;
  std::uint64_t seed = 1;
  std::vector<std::string> labels = {};  // KnnCheckpoint::labels, of the examples; empty: none
};

struct KnnTraining {
  routing::KnnCheckpoint checkpoint;
  std::size_t dropped = 0;  // examples whose vector is zero
  PairFigures chosen_on;    // of the queries that k and temperature were chosen on
  PairFigures held_out;     // of those that nothing was chosen on
  double recall = 1.0;      // of the graph's search among its own queries; 1 without a graph
};

// `vectors` has a row for each example, by the embedder `identity` (whose name may be empty).
//
// Up to 4,000 queries are scored by their neighbours outside their own group, which is what the
// router would say had it not seen them. On one half of them, by group, k and temperature are
// chosen: those of the least squared error. The other half gives the figures and the calibration
// table. The checkpoint then remembers all examples. The same input gives the same checkpoint, with
// any number of threads, on processors with the same vector instructions.
//
// `progress` is told what is being done, once for each step. Error kInvalidData for fewer than 20
// usable examples, or fewer than 4 groups of them.
[[nodiscard]] Result<KnnTraining> TrainKnn(
    const std::vector<PairExample>& examples, const embedding::Matrix& vectors,
    const embedding::EmbedderIdentity& identity, const KnnTrainingOptions& options,
    const std::function<void(const std::string& step)>& progress);

}  // namespace routellm::training
