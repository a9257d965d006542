#include "training/prompt_matrix.h"

#include <cmath>

#include "core/parallel.h"
#include "text/utf8.h"

namespace routellm::training {
namespace {

using routing::kBaseColumns;
using routing::kPromptColumns;

constexpr std::size_t kPromptsPerTask = 256;
constexpr std::size_t kFacts = text::PromptFeatures::kFacts;
constexpr std::size_t kOptionsFact = 8;
constexpr double kMinDeviation = 1e-6;

}  // namespace

std::vector<text::PromptFeatures> ExtractAll(std::span<const std::string_view> prompts,
                                             const text::WordVectors& words) {
  std::vector<text::PromptFeatures> features(prompts.size());
  ParallelFor((prompts.size() + kPromptsPerTask - 1) / kPromptsPerTask, [&](std::size_t task) {
    const std::size_t end = std::min(prompts.size(), (task + 1) * kPromptsPerTask);
    for (std::size_t i = task * kPromptsPerTask; i < end; ++i) {
      features[i] =
          text::ExtractPromptFeatures(text::TruncateUtf8(prompts[i], kMaxPromptBytes), words);
    }
  });
  return features;
}

routing::ColumnScale FitScale(std::span<const text::PromptFeatures> features,
                              std::span<const double> weights) {
  std::vector<double> means(kBaseColumns);
  std::vector<double> squares(kBaseColumns);
  double total = 0.0;
  for (std::size_t i = 0; i < features.size(); ++i) {
    const routing::BaseValues values = routing::ToBaseValues(features[i]);
    total += weights[i];
    for (std::size_t c = 0; c < kBaseColumns; ++c) means[c] += weights[i] * values[c];
  }
  for (double& mean : means) mean /= total;
  for (std::size_t i = 0; i < features.size(); ++i) {
    const routing::BaseValues values = routing::ToBaseValues(features[i]);
    for (std::size_t c = 0; c < kBaseColumns; ++c)
      squares[c] += weights[i] * (values[c] - means[c]) * (values[c] - means[c]);
  }
  routing::ColumnScale scale;
  for (std::size_t c = 0; c < kBaseColumns; ++c) {
    scale.means[c] = static_cast<float>(means[c]);
    scale.deviations[c] = static_cast<float>(std::sqrt(squares[c] / total) + kMinDeviation);
  }
  return scale;
}

Matrix ColumnsOf(std::span<const text::PromptFeatures> features,
                 const routing::ColumnScale& scale) {
  Matrix columns(kPromptColumns + 1, features.size());
  for (std::size_t i = 0; i < features.size(); ++i) {
    const routing::PromptColumns row = routing::MakeColumns(features[i], scale);
    for (std::size_t c = 0; c < kPromptColumns; ++c)
      columns(static_cast<Eigen::Index>(c), static_cast<Eigen::Index>(i)) = row[c];
    columns(kPromptColumns, static_cast<Eigen::Index>(i)) = 1.0;
  }
  return columns;
}

Vector RelativePenalties() {
  constexpr double kOptions = 1.0 / (0.5 * 0.5);
  constexpr double kFunctionWord = 1.0 / (0.6 * 0.6);
  constexpr double kMeaning = 1.0 / (0.4 * 0.4);
  constexpr double kKind = 1.0 / (30.0 * 2.0 * 2.0);
  constexpr double kInteraction = 1.0 / 30.0;

  Vector penalties = Vector::Zero(kPromptColumns + 1);
  const auto fact = [](std::size_t f) { return f == kOptionsFact ? kOptions : 1.0; };
  Eigen::Index at = 0;
  for (std::size_t f = 0; f < kFacts; ++f) penalties[at++] = fact(f);
  for (std::size_t w = 0; w < text::PromptFeatures::kFunctionWords; ++w)
    penalties[at++] = kFunctionWord;
  for (std::size_t d = 0; d < text::WordTable::kDimension; ++d) penalties[at++] = kMeaning;
  const auto add_kind = [&](std::span<const std::size_t> facts) {
    penalties[at++] = kKind;
    for (const std::size_t f : facts) penalties[at++] = kInteraction * fact(f);
  };
  add_kind(routing::kWordProblemFacts);
  add_kind(routing::kLatexFacts);
  return penalties;
}

routing::LinearFunction ToLinearFunction(const Vector& weights, std::size_t columns) {
  routing::LinearFunction function;
  function.weights.reserve(columns);
  for (std::size_t c = 0; c < columns; ++c)
    function.weights.push_back(static_cast<float>(weights[static_cast<Eigen::Index>(c)]));
  function.bias = weights[weights.size() - 1];
  return function;
}

}  // namespace routellm::training
