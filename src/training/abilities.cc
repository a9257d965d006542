#include "training/abilities.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace routellm::training {
namespace {

constexpr int kIterations = 60;
constexpr double kModelPenalty = 1.0;
constexpr double kModelInSourcePenalty = 60.0;
constexpr double kQueryPenalty = 1.0 / 1.5;
constexpr double kTaskPenalty = 1e-3;

// One additive effect: of each outcome the level that it has, and a value for each level.
struct Effect {
  std::vector<std::uint32_t> levels;
  std::vector<double> values;
  double penalty;
  double step;  // share of the Newton step that is taken

  Effect(std::size_t count, double penalty_in, double step_in)
      : values(count), penalty(penalty_in), step(step_in) {}
};

// A Newton step for one effect, the others held.
void Improve(Effect& effect, const std::vector<double>& logits, const std::vector<float>& scores) {
  std::vector<double> gradient(effect.values.size());
  std::vector<double> curvature(effect.values.size(), effect.penalty);
  for (std::size_t i = 0; i < effect.values.size(); ++i)
    gradient[i] = -effect.penalty * effect.values[i];
  for (std::size_t row = 0; row < scores.size(); ++row) {
    const double p = 1.0 / (1.0 + std::exp(-logits[row]));
    gradient[effect.levels[row]] += scores[row] - p;
    curvature[effect.levels[row]] += p * (1.0 - p);
  }
  for (std::size_t i = 0; i < effect.values.size(); ++i) {
    const double newton = gradient[i] / std::max(curvature[i], 1e-6);
    effect.values[i] += effect.step * std::clamp(newton, -1.0, 1.0);
  }
}

}  // namespace

std::vector<double> FitAbilities(const data::Dataset& dataset) {
  const std::size_t models = dataset.models.size();
  const std::size_t sources = dataset.sources.size();
  Effect query(dataset.queries.size(), kQueryPenalty, 1.0);
  Effect task(dataset.tasks.size(), kTaskPenalty, 0.8);
  Effect model(models, kModelPenalty, 1.0);
  Effect model_in_source(models * sources, kModelInSourcePenalty, 1.0);
  Effect* const effects[] = {&query, &task, &model, &model_in_source};

  std::vector<float> scores;
  for (Effect* effect : effects) effect->levels.reserve(dataset.outcomes.size());
  scores.reserve(dataset.outcomes.size());
  for (const data::Outcome& outcome : dataset.outcomes) {
    const data::DataQuery& of = dataset.queries[outcome.query];
    query.levels.push_back(outcome.query);
    task.levels.push_back(of.task);
    model.levels.push_back(outcome.model);
    model_in_source.levels.push_back(
        static_cast<std::uint32_t>(outcome.model * sources + of.source));
    scores.push_back(outcome.score);
  }

  std::vector<double> logits(scores.size());
  for (int iteration = 0; iteration < kIterations; ++iteration) {
    for (Effect* improved : effects) {
      for (std::size_t row = 0; row < scores.size(); ++row) {
        logits[row] = 0.0;
        for (const Effect* effect : effects) logits[row] += effect->values[effect->levels[row]];
      }
      Improve(*improved, logits, scores);
    }
    double mean = 0.0;
    for (const double value : model.values) mean += value / static_cast<double>(models);
    for (double& value : model.values) value -= mean;
  }
  return model.values;
}

}  // namespace routellm::training
