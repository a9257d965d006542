// From labels of any models to an `mf` checkpoint that scores embeddings.
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
#include "routing/mf_embedding_checkpoint.h"
#include "training/comparison_figures.h"
#include "training/comparisons.h"
#include "training/pair_figures.h"
#include "training/query_split.h"

namespace routellm::training {

struct MfEmbeddingOptions {
  std::string strong_model = {};  // the default pair: models of the data
  std::string weak_model = {};
  std::size_t dimension = 64;  // d of the checkpoint, at least 2
  // Without it the checkpoint is of the published form, and the models' strengths must be expressed
  // by the mean embedding.
  bool bias = true;
  // Deviation of noise on each number of an embedding, as a multiple of the deviation that these
  // numbers have: the larger, the less prompts count. Of several, each is tried, and the one of the
  // least validation loss is taken. At least one, each >= 0.
  std::vector<double> noise = {3.0, 10.0, 30.0};
  double rate = 0.001;  // of Adam, for T, at the beginning
  std::size_t batch = 512;
  std::size_t most_epochs = 100;
  std::size_t patience = 3;  // epochs without gain, the rate being halved at each, before the end
  SampledVotes sampled = SampledVotes::kIntercepts;
  QuerySplit split = {};  // its seed is also that of the beginning and of the order
};

struct MfEmbeddingTraining {
  routing::MfEmbeddingCheckpoint checkpoint;
  std::size_t trained_on = 0;    // comparisons
  double noise = 0.0;            // that was taken
  std::size_t epochs = 0;        // until the best
  ComparisonFigures validation;  // votes that were sampled for a model: with its intercept
  ComparisonFigures held_out;
  RankingFigures ranking;           // held out
  std::optional<PairFigures> pair;  // held-out queries that both models were judged on, if any
};

struct EpochProgress {
  double noise = 0.0;
  std::size_t epoch = 0;  // from 1
  double validation_loss = 0.0;
  double best_loss = 0.0;  // with this noise
};

// `vectors` has a row for each query of the data, by the embedder `identity` (whose name may be
// empty). Groups of queries are parted: most are trained on; on the validation part the best epoch
// and the slope of the logits are chosen; the held-out part gives the figures and the calibration
// table. Training begins at the models' Bradley-Terry strengths. The same input gives the same
// checkpoint with any number of threads, on processors with the same vector instructions.
//
// Errors: kInvalidRequest for a pair that the data do not know or that is one model; kInvalidData
// for fewer than 20 comparisons in any part, for a model of the pair that training sees nothing of;
// kCancelled soon after `cancelled` is set.
[[nodiscard]] Result<MfEmbeddingTraining> TrainMfEmbedding(
    const data::Dataset& dataset, const embedding::Matrix& vectors,
    const embedding::EmbedderIdentity& identity, const MfEmbeddingOptions& options,
    const std::function<void(const EpochProgress&)>& progress, const std::atomic<bool>& cancelled);

}  // namespace routellm::training
