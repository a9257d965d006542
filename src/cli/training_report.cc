#include "cli/training_report.h"

#include <fmt/core.h>

#include <cstdio>

#include "cli/pair_training.h"

namespace routellm::cli {

Result<data::Dataset> LoadTrainingData(const data::DataPaths& paths) {
  if (paths.empty()) {
    return Fail(ErrorCode::kInvalidRequest,
                "nothing to train on: give --outcomes, --battles or --scores");
  }
  auto dataset = data::LoadDataset(paths);
  if (!dataset) return dataset;
  fmt::print(stderr, "{} queries of {} sources, {} models, {} outcomes, {} battles\n",
             dataset->queries.size(), dataset->sources.size(), dataset->models.size(),
             dataset->outcomes.size(), dataset->battles.size());
  return dataset;
}

std::string SourcesOf(const data::Dataset& dataset) {
  std::string sources;
  for (const std::string& source : dataset.sources)
    sources.append(sources.empty() ? "" : ", ").append(source);
  return sources;
}

void PrintComparisonFigures(std::string_view name, const training::ComparisonFigures& figures) {
  if (name.empty()) {
    fmt::print("{:<12} {:>11} {:>8} {:>10} {:>9} {:>8} {:>8}\n", "", "comparisons", "loss",
               "strengths", "accuracy", "AUC", "ECE");
    return;
  }
  fmt::print("{:<12} {:>11} {:>8.4f} {:>10.4f} {:>9.4f} {:>8.4f} {:>8.4f}\n", name,
             figures.comparisons, figures.loss, figures.strengths_loss, figures.accuracy,
             figures.auc, figures.calibration_error);
}

void PrintRouterFigures(const training::RankingFigures& ranking,
                        const std::optional<training::PairFigures>& pair,
                        const std::string& strong_model, const std::string& weak_model) {
  fmt::print(
      "\nheld out, a stronger model against a weaker one, ranked by the pair's win rate: {} "
      "comparisons, AUC {:.4f}, APGR {:.4f}\n",
      ranking.comparisons, ranking.auc, ranking.apgr);
  if (!pair) {
    fmt::print("no held-out query was judged for both {} and {}\n", strong_model, weak_model);
    return;
  }
  fmt::print("\nheld-out queries that were judged for {} and {}\n", strong_model, weak_model);
  PrintPairFigures("", {});
  PrintPairFigures("held out", *pair);
}

std::string HeldOutNote(const training::ComparisonFigures& figures,
                        const training::RankingFigures& ranking) {
  return fmt::format(
      "{} comparisons, loss {:.4f} (strengths alone {:.4f}), AUC {:.4f}, calibration error "
      "{:.4f}; ranking APGR {:.4f}",
      figures.comparisons, figures.loss, figures.strengths_loss, figures.auc,
      figures.calibration_error, ranking.apgr);
}

}  // namespace routellm::cli
