// Trains the built-in kind of `mf` router from outcomes and battles.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/error.h"
#include "data/dataset.h"
#include "routing/mf_checkpoint.h"
#include "text/word_vectors.h"

namespace routellm::training {

struct MfTrainingOptions {
  text::WordTable words;
  std::string strong_model;  // the default pair: two models of the data with outcomes
  std::string weak_model;
};

// How well win rates that were predicted without a source, or without a tenth of all queries, fit
// what came of it. A query's gain is the mean score of the strong models less that of the weak
// ones.
struct HeldOutFigures {
  std::string name;
  std::size_t queries = 0;
  double apgr = 0.0;               // by the default pair's win rate; every distinct score counts
  double apgr_error = 0.0;         // its standard error, by bootstrap over the queries
  double length_apgr = 0.0;        // of "the longest prompts to the strong model"
  double calibration_error = 0.0;  // ECE over 10 bins of the win rate of the models compared
};

// The models that count as strong and as weak in a source's held-out figures, by source.
struct ModelSides {
  std::vector<std::string> strong;
  std::vector<std::string> weak;
};
using SidesBySource = std::map<std::string, ModelSides, std::less<>>;

// A data set made ready: features extracted, abilities fitted. Thread-safe.
class MfTrainer {
 public:
  // Errors: kInvalidRequest for a model of the default pair that the data do not have or that are
  // not apart in ability; kInvalidData if the data hold no outcomes or the word table is not valid.
  [[nodiscard]] static Result<MfTrainer> Create(data::Dataset dataset, MfTrainingOptions options);
  MfTrainer(MfTrainer&&) noexcept;
  MfTrainer& operator=(MfTrainer&&) noexcept;
  ~MfTrainer();

  struct Training {
    routing::MfCheckpoint checkpoint;
    // Of the calibrated win rates of held-out queries of the training sources (ten folds by group),
    // each source alike by the square root of its queries.
    double calibration_error = 0.0;
    std::size_t calibration_queries = 0;
  };
  // Deterministic: equal data and options give equal checkpoints.
  [[nodiscard]] Training Train() const;

  // Trains once for each source that `sides` names without that source and whatever shares a group
  // with it, and judges by it. Error kInvalidRequest for a source or model that the data do not
  // have.
  [[nodiscard]] Result<std::vector<HeldOutFigures>> LeaveSourcesOut(
      const SidesBySource& sides) const;

  [[nodiscard]] const data::Dataset& dataset() const;

 private:
  struct Prepared;
  explicit MfTrainer(std::unique_ptr<const Prepared> prepared);
  std::unique_ptr<const Prepared> prepared_;
};

}  // namespace routellm::training
