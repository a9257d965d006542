// Which files make up a data set, and what each of them holds.
#pragma once

#include <filesystem>
#include <vector>

#include "core/error.h"
#include "data/dataset.h"

namespace routellm::data {

// Each list is sorted and without duplicates.
struct DatasetFiles {
  std::vector<std::filesystem::path> queries;
  std::vector<std::filesystem::path> groups;
  std::vector<std::filesystem::path> outcomes;
  std::vector<std::filesystem::path> battles;
  std::vector<std::filesystem::path> scores;
};

// Looks into folders and sorts files by what their names say: `*.queries.jsonl`, `*_groups.csv`,
// `*.outcomes.csv`,
// `*.battles.csv`, `*.battles.jsonl`, `*.scores.csv`, `*.scores.jsonl`, each also with `.gz`. A
// file that is named itself and has none of these names is of the kind that its list is for. Beside
// a file of outcomes, battles or scores that is named itself, the queries of the same source are
// found. Errors: kIo for a path that does not exist; kInvalidData for a folder without a file of
// its list's kind.
[[nodiscard]] Result<DatasetFiles> FindDatasetFiles(const DataPaths& paths);

// A file's name up to its first point.
[[nodiscard]] std::string SourceName(const std::filesystem::path& file);

}  // namespace routellm::data
