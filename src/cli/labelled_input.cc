#include "cli/labelled_input.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "data/dataset.h"
#include "evaluation/score_prompts.h"

namespace routellm::cli {
namespace {

Result<std::uint32_t> FindModel(const data::Dataset& dataset, const std::string& name) {
  const auto& models = dataset.models;
  const auto found = std::find(models.begin(), models.end(), name);
  if (found != models.end()) return static_cast<std::uint32_t>(found - models.begin());
  std::vector<std::string> sorted = models;
  std::sort(sorted.begin(), sorted.end());
  return Fail(
      ErrorCode::kModelNotFound,
      fmt::format("the outcomes have no model '{}'; they have: {}", name, fmt::join(sorted, ", ")));
}

struct Mean {
  double sum = 0.0;
  double count = 0.0;

  [[nodiscard]] double Value() const { return sum / count; }
};

struct Outcomes {
  std::array<Mean, 2> of;  // the strong and the weak model's
};

}  // namespace

Result<std::vector<evaluation::LabelledQuery>> LoadLabelledQueries(const routing::Router& router,
                                                                   const LabelledPaths& paths,
                                                                   std::size_t max_bytes) {
  if (paths.strong_model == paths.weak_model)
    return Fail(ErrorCode::kInvalidRequest, "the strong and the weak model are the same");
  auto dataset = data::LoadDataset({.outcomes = paths.outcomes, .battles = {}});
  if (!dataset) return tl::unexpected(dataset.error());
  const auto strong = FindModel(*dataset, paths.strong_model);
  if (!strong) return tl::unexpected(strong.error());
  const auto weak = FindModel(*dataset, paths.weak_model);
  if (!weak) return tl::unexpected(weak.error());

  std::vector<Outcomes> by_query(dataset->queries.size());
  for (const data::Outcome& outcome : dataset->outcomes) {
    if (outcome.model != *strong && outcome.model != *weak) continue;
    Mean& mean = by_query[outcome.query].of[outcome.model == *strong ? 0 : 1];
    mean.sum += outcome.score;
    mean.count += 1.0;
  }
  std::vector<std::string> prompts;
  std::vector<evaluation::LabelledQuery> labelled;
  for (std::size_t i = 0; i < by_query.size(); ++i) {
    const auto& [strong_mean, weak_mean] = by_query[i].of;
    std::string& prompt = dataset->queries[i].prompt;
    if (strong_mean.count == 0.0 || weak_mean.count == 0.0 || prompt.empty()) continue;
    prompts.push_back(std::move(prompt));
    labelled.push_back({.win_rate = 0.0, .strong = strong_mean.Value(), .weak = weak_mean.Value()});
  }
  if (labelled.empty()) {
    return Fail(ErrorCode::kInvalidData, fmt::format("no query has outcomes of both '{}' and '{}'",
                                                     paths.strong_model, paths.weak_model));
  }
  const auto scores = evaluation::ScorePrompts(router, prompts, max_bytes);
  if (!scores) return tl::unexpected(scores.error());
  for (std::size_t i = 0; i < labelled.size(); ++i) labelled[i].win_rate = (*scores)[i];
  return labelled;
}

}  // namespace routellm::cli
