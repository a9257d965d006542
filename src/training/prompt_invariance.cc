#include "training/prompt_invariance.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <string_view>

#include "training/prompt_edits.h"
#include "training/prompt_matrix.h"

namespace routellm::training {
namespace {

constexpr std::size_t kEditedPrompts = 9000;

}  // namespace

std::vector<double> SourceWeights(const data::Dataset& dataset) {
  std::vector<double> sizes(dataset.sources.size());
  for (const data::DataQuery& query : dataset.queries) sizes[query.source] += 1.0;
  std::vector<double> weights;
  weights.reserve(dataset.queries.size());
  for (const data::DataQuery& query : dataset.queries)
    weights.push_back(1.0 / std::sqrt(sizes[query.source]));
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& weight : weights) weight *= static_cast<double>(weights.size()) / sum;
  return weights;
}

PromptInvariance::PromptInvariance(const data::Dataset& dataset, const std::vector<double>& weights,
                                   const text::WordVectors& words,
                                   const routing::ColumnScale& scale, const Matrix& columns) {
  std::mt19937_64 random(3);
  std::discrete_distribution<std::uint32_t> draw(weights.begin(), weights.end());
  std::vector<PromptEdit> edited;
  double total = 0.0;
  for (std::size_t i = 0; i < kEditedPrompts; ++i) {
    queries_.push_back(draw(random));
    edited.push_back(EditPrompt(dataset.queries[queries_.back()].prompt, random() % kPromptEdits));
    total += edited.back().weight;
  }
  std::vector<std::string_view> texts;
  texts.reserve(edited.size());
  for (const PromptEdit& edit : edited) texts.emplace_back(edit.text);
  changes_ = ColumnsOf(ExtractAll(texts, words), scale);
  for (std::size_t i = 0; i < edited.size(); ++i) {
    const auto at = static_cast<Eigen::Index>(i);
    changes_.col(at) -= columns.col(queries_[i]);
    changes_.col(at) *= std::sqrt(edited[i].weight * static_cast<double>(kEditedPrompts) / total);
  }
}

Matrix PromptInvariance::SecondMoment(std::span<const char> kept) const {
  std::vector<Eigen::Index> chosen;
  for (std::size_t i = 0; i < queries_.size(); ++i) {
    if (kept[queries_[i]] != 0) chosen.push_back(static_cast<Eigen::Index>(i));
  }
  const Matrix changes = changes_(Eigen::all, chosen);
  return changes * changes.transpose() / std::max<double>(1.0, static_cast<double>(chosen.size()));
}

}  // namespace routellm::training
