// Trains the built-in `score` router from the outcomes of many models.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "core/error.h"
#include "data/dataset.h"
#include "routing/score_checkpoint.h"
#include "text/word_vectors.h"
#include "training/model_sides.h"
#include "training/score_figures.h"

namespace routellm::training {

struct ScoreTrainingOptions {
  text::WordTable words;
  std::string strong_model;  // the default pair: two models of the data with outcomes
  std::string weak_model;
};

// Predictions for one source, or for all, by functions that did not see it.
struct HeldOutScores {
  std::string name;
  ScoreFigures figures;      // of answers by the weak models
  std::size_t queries = 0;   // with answers of both sides
  double apgr = 0.5;         // of the default pair's win rate on them
  double length_apgr = 0.5;  // of "the longest prompts to the strong model"
};

// A data set made ready: features extracted, abilities fitted. Thread-safe.
class ScoreTrainer {
 public:
  // Errors: kInvalidRequest for a model of the default pair that the data do not have, or that are
  // not apart in ability; kInvalidData if the data hold no outcomes or the word table is not valid.
  [[nodiscard]] static Result<ScoreTrainer> Create(data::Dataset dataset,
                                                   ScoreTrainingOptions options);
  ScoreTrainer(ScoreTrainer&&) noexcept;
  ScoreTrainer& operator=(ScoreTrainer&&) noexcept;
  ~ScoreTrainer();

  struct Training {
    routing::ScoreCheckpoint checkpoint;
    // Of answers by models about as able as the default weak one, each predicted from the other
    // nine tenths of the groups.
    ScoreFigures held_out;
  };
  // Deterministic: equal data and options give equal checkpoints.
  [[nodiscard]] Training Train() const;

  // Trains once for each source that `sides` names without that source and whatever shares a group
  // with it, and judges by it. Error kInvalidRequest for a source or model that the data do not
  // have.
  [[nodiscard]] Result<std::vector<HeldOutScores>> LeaveSourcesOut(
      const SidesBySource& sides) const;

 private:
  struct Prepared;
  explicit ScoreTrainer(std::unique_ptr<const Prepared> prepared);
  std::unique_ptr<const Prepared> prepared_;
};

}  // namespace routellm::training
