// A `score` router for one's own weak model, from what a trained one knows and scores of one's own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/error.h"
#include "data/dataset.h"
#include "routing/score_checkpoint.h"
#include "training/score_figures.h"

namespace routellm::training {

struct OwnScoreOptions {
  routing::ScoreCheckpoint prior;  // what is known before; valid
  std::string weak_model;          // whose answers are scored: a model of the data
  std::string strong_model;        // to compare it with: one of the data, unknown to them, or empty
  std::uint64_t seed = 1;          // of the groups that are held out
};

struct OwnScoreTraining {
  routing::ScoreCheckpoint checkpoint;
  // On a fifth of the groups, by a router that was trained on the others: `trained`; and by the
  // prior, of which they taught the thresholds and how far to trust it alone: `before`.
  ScoreFigures trained;
  ScoreFigures before;
  // On those of them that the strong model answered as well; no figures if there are none.
  std::size_t pair_queries = 0;
  double apgr = 0.5;
  double apgr_before = 0.5;
  double length_apgr = 0.5;  // of "the longest prompts to the strong model"
  double penalty = 0.0;      // the chosen one, see below
  bool learnt = false;       // whether anything but thresholds and trust was worth learning
};

// The quality of an answer is trust * prior(prompt) + weights . columns(prompt), with thresholds of
// its own. How strongly the weights are drawn to 0 is chosen by five folds of the training groups,
// "entirely" included; so is what slope and thresholds make of it calibrated. The checkpoint is
// then trained in the same way on all scores. Where the prior knows the weak model, it speaks of
// that; else of its default one. The same input gives the same checkpoint.
//
// Errors: kInvalidRequest for a weak model that the data do not have; kInvalidData for fewer than
// 20 scores, fewer than 10 groups, or fewer than 3 scores on either side of 4: nothing can be
// learnt.
[[nodiscard]] Result<OwnScoreTraining> TrainOwnScores(const data::Dataset& dataset,
                                                      const OwnScoreOptions& options);

}  // namespace routellm::training
