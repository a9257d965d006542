#include "cli/labelled_input.h"

#include <utility>

#include "data/dataset.h"
#include "evaluation/evaluation_set.h"

namespace routellm::cli {

Result<std::vector<evaluation::LabelledQuery>> LoadLabelledQueries(
    const evidence_client::Scorer& scorer, const LabelledPaths& paths, std::size_t max_bytes) {
  auto dataset = data::LoadDataset({.outcomes = paths.outcomes, .battles = {}});
  if (!dataset) return tl::unexpected(dataset.error());
  const auto set = evaluation::EvaluationSet::FromOutcomes(*std::move(dataset), "the data");
  const auto pair = set.Pair(paths.strong_model, paths.weak_model);
  if (!pair) return tl::unexpected(pair.error());

  std::vector<std::string> prompts;
  std::vector<evaluation::LabelledQuery> labelled;
  prompts.reserve(pair->queries.size());
  labelled.reserve(pair->queries.size());
  for (std::size_t i = 0; i < pair->queries.size(); ++i) {
    const std::string& prompt = set.prompts()[pair->queries[i]];
    if (prompt.empty()) continue;
    prompts.push_back(prompt);
    labelled.push_back(
        {.win_rate = 0.0, .strong = pair->outcomes.strong[i], .weak = pair->outcomes.weak[i]});
  }
  if (labelled.empty()) {
    return Fail(ErrorCode::kInvalidData, "no query with outcomes of both models has a text");
  }
  const auto scores = scorer.ScoreAll(prompts, max_bytes);
  if (!scores) return tl::unexpected(scores.error());
  for (std::size_t i = 0; i < labelled.size(); ++i) labelled[i].win_rate = (*scores)[i];
  return labelled;
}

}  // namespace routellm::cli
