// From judged prompts and their vectors to the head of a `bert` router.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "core/error.h"
#include "embedding/embedder.h"
#include "training/pair_examples.h"
#include "training/pair_figures.h"

namespace routellm::training {

// logits = labels tanh(dense x + dense_bias) + labels_bias, for the labels of
// routing::kBertLabels: strong wins, tie, weak wins.
struct BertHead {
  std::size_t hidden = 0;
  std::vector<float> dense;        // hidden x hidden, a row for each output
  std::vector<float> dense_bias;   // hidden
  std::vector<float> labels;       // kBertLabels x hidden
  std::vector<float> labels_bias;  // kBertLabels
};

struct BertHeadOptions {
  double learning_rate = 1e-3;
  double weight_decay = 0.01;  // AdamW's, of weights, not of biases
  std::size_t batch = 64;
  std::size_t epochs = 60;   // at most
  std::size_t patience = 5;  // epochs without a smaller loss on the validation queries
  std::uint64_t seed = 1;
};

struct HeadFigures {
  double loss = 0.0;           // cross-entropy of the labels, in nats
  double constant_loss = 0.0;  // the same of the labels' shares among the training examples
  PairFigures win_rate;
};

struct BertHeadTraining {
  BertHead head;
  std::size_t training = 0;  // examples
  std::size_t epochs = 0;    // until the best one
  HeadFigures validation;    // on which the best epoch was chosen
  HeadFigures held_out;      // on which nothing was
};

// `vectors` has a row for each query of the data: the encoder's of the first token, as it is. Of
// the groups of queries, a tenth each are held out for validation and for the figures. AdamW
// (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019) on mini-batches, on the
// caller's thread; the epoch with the smallest validation loss is kept. The same input gives the
// same head, on processors with the same vector instructions.
//
// `progress` is told each epoch and its validation loss; training stops early if it returns false.
// Error kInvalidData for too few examples or groups to hold some out, and for a loss that is not
// finite.
[[nodiscard]] Result<BertHeadTraining> TrainBertHead(
    const std::vector<PairExample>& examples, const embedding::Matrix& vectors,
    const BertHeadOptions& options,
    const std::function<bool(std::size_t epoch, double loss)>& progress);

}  // namespace routellm::training
