// How able models are, from their outcomes on different queries.
#pragma once

#include <span>
#include <vector>

#include "data/dataset.h"

namespace routellm::training {

// An additive Rasch model (Rasch, "Probabilistic Models for Some Intelligence and Attainment
// Tests", 1960) of scores in [0, 1]:
//
//   E[score] = sigmoid(ability_m + model-in-source + task + query),
//
// fitted by damped Newton steps on the penalised likelihood; penalties draw models to their mean,
// models within a source to nothing and queries to their task. Models need not share a query: they
// are connected by sources and tasks.
//
// The ability of each of the data's models, by index; the mean is 0; models without an outcome have
// 0.
[[nodiscard]] std::vector<double> FitAbilities(const data::Dataset& dataset);

}  // namespace routellm::training
