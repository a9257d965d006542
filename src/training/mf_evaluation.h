// What a model is worth on queries that it was not trained on.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "training/crew.h"
#include "training/metrics.h"
#include "training/mf_model.h"
#include "training/training_set.h"

namespace routellm::training {

// A pair of models by index into TrainingSet::models.
struct ModelPair {
  std::uint32_t strong = 0;
  std::uint32_t weak = 0;
};

struct HeldOutFigures {
  std::string name;
  std::size_t queries = 0;
  // Over the queries' comparisons, each with its own two models, the default pair's with the strong
  // model first: mean cross entropy, whether the model knows which of the two wins, and the
  // expected calibration error over 10 bins.
  double loss = 0.0;
  double auc = 0.5;
  double calibration_error = 0.0;
  // How well a pair's win rate tells the queries on which its strong model is needed from the
  // others, over pairs of clearly different strength, within each pair: it is this that routing
  // lives on. Models that were not trained on are stood in for by the default pair.
  double gain_auc = 0.5;
  double apgr = 0.5;
};

struct HeldOutReport {
  // Loss and AUC over all queries, a source counting as in training; gain_auc and apgr are the
  // means over the sources.
  HeldOutFigures all;
  std::vector<HeldOutFigures> sources;  // those with held-out queries
  HeldOutFigures default_pair;  // over comparisons of just these two models, each counting 1
};

// Immutable after construction.
class HeldOut {
 public:
  // `set`, `split` and `crew` must outlive this. `source_weight`: what a query of each source
  // counts.
  HeldOut(const TrainingSet& set, const Split& split, std::vector<float> source_weight,
          ModelPair default_pair, Crew& crew);

  [[nodiscard]] HeldOutReport Evaluate(const MfModel& model) const;

 private:
  // What a model says of the held-out queries.
  struct Predictions {
    std::vector<float> latents;       // T e [queries, dim]
    std::vector<float> mean_latent;   // [dim]
    std::vector<float> unit_vectors;  // [models, dim]

    // P_a / |P_a| - P_b / |P_b|, times a latent.
    [[nodiscard]] float Logit(std::span<const float> latent, ModelPair pair) const;
  };

  // The comparisons of some queries, gathered for the figures.
  struct Tally {
    std::size_t queries = 0;
    Ratio loss;
    std::vector<Judged> judged;
    std::map<std::uint64_t, std::vector<Judged>> gains;  // by pair, the strong model first

    [[nodiscard]] HeldOutFigures Figures(std::string name) const;
  };

  void FindTrainedModels();
  void FindClearPairs();
  [[nodiscard]] Predictions Predict(const MfModel& model) const;
  void AddQuery(const MfModel& model, const Predictions& said, std::size_t i, Tally& tally,
                Tally& default_pair) const;
  void AddGain(const Predictions& said, const TrainingQuery& query, std::span<const float> latent,
               const Comparison& comparison, Tally& tally) const;
  [[nodiscard]] int Clear(const Predictions& said, const TrainingQuery& query,
                          const Comparison& comparison) const;
  [[nodiscard]] bool IsDefaultPair(const Comparison& comparison) const;

  const TrainingSet& set_;
  const Split& split_;
  const std::vector<float> source_weight_;
  const ModelPair default_pair_;
  Crew& crew_;
  std::vector<bool> trained_;                    // by model: has comparisons in training queries
  std::vector<std::vector<signed char>> clear_;  // [source][first * models + second]: see Clear()
};

}  // namespace routellm::training
