// From a trained `mf` router to one for a pair of models of one's own, by labels of that pair.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "embedding/embedder.h"
#include "routing/mf_checkpoint.h"
#include "training/held_out_report.h"

namespace routellm::training {

// What is known of one prompt.
struct LabelledPrompt {
  std::string_view prompt;
  float gain = 0.0F;        // the strong model's score less the weak one's, in [-1, 1]
  std::uint32_t group = 0;  // prompts of one group are never parted
  std::span<const float> embedding = {};  // by the options' embedder; empty where there is none
};

struct OwnLabelsOptions {
  std::string strong_model;
  std::string weak_model;
  std::uint64_t seed = 1;  // of the folds
  // Of the labels' embeddings, from which the router learns, too, and which it then needs. The
  // dimension is 0 where there are none.
  embedding::EmbedderIdentity embedder = {};
};

struct OwnLabelsTraining {
  routing::MfCheckpoint checkpoint;  // `notes` are still the initial checkpoint's
  // Whether the initial checkpoint knows both models; else its default pair stands for them.
  bool models_known = false;
  std::pair<std::string, std::string> default_pair;  // the initial one, strong and weak
  std::size_t folds = 0;
  std::size_t repeats = 0;  // of holding out all folds
  HeldOutReport held_out;   // "own labels", "default", "length", "random"
  std::string learnt;       // what the router is made of, for people
};

inline constexpr std::size_t kLeastLabels = 30;  // and groups of them

// Trains on all labels, and in folds by group, repeated while labels are few, on the labels of the
// other folds, which gives the calibration, the table of percentiles and the report. In each
// training the kernels, the noise and the share of the initial checkpoint's opinion are chosen by
// evidence (training/kernel_evidence.h) on up to 2,000 of its labels; then all of its labels are
// learnt.
//
// Runs on all cores; equal input gives an equal checkpoint. `progress` is told from one thread at a
// time how many trainings of how many are done, and stops the work by returning false.
//
// Errors: kInvalidData for too few labels or groups, labels that are all equal, or an embedding
// that is not of the embedder's dimension or not finite; kInvalidRequest for a checkpoint that was
// itself trained on own labels, or models that are the same; kCancelled.
[[nodiscard]] Result<OwnLabelsTraining> TrainOnOwnLabels(
    const routing::MfCheckpoint& initial, const std::vector<LabelledPrompt>& labels,
    const OwnLabelsOptions& options,
    const std::function<bool(std::size_t done, std::size_t all)>& progress);

}  // namespace routellm::training
