// Queries whose outcomes are known, scored by a router.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "core/error.h"
#include "evaluation/certified_threshold.h"
#include "evidence_client/scorer.h"

namespace routellm::cli {

struct LabelledPaths {
  std::vector<std::filesystem::path>
      outcomes;              // files and folders, as data::LoadDataset takes them
  std::string strong_model;  // names in the outcomes
  std::string weak_model;
};

// The queries that have outcomes of both models, in the order of the files; several outcomes of one
// model count as their mean. The first `max_bytes` of a prompt are scored; queries without text are
// left out. Errors: as data::LoadDataset, EvaluationSet::Pair and Scorer::ScoreAll; kInvalidData if
// all queries are without text.
[[nodiscard]] Result<std::vector<evaluation::LabelledQuery>> LoadLabelledQueries(
    const evidence_client::Scorer& scorer, const LabelledPaths& paths, std::size_t max_bytes);

}  // namespace routellm::cli
