// What models did on queries: the material that routers are trained on and judged by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/error.h"

namespace routellm::data {

struct DataQuery {
  std::string id;
  std::string prompt;
  std::uint32_t source = 0;  // index into Dataset::sources
  std::uint32_t task = 0;    // index into Dataset::tasks
  std::uint32_t group = 0;   // queries that must not be parted by a split have the same group
};

// How well one model answered one query.
struct Outcome {
  std::uint32_t query = 0;
  std::uint32_t model = 0;
  float score = 0;  // [0, 1]
};

// One comparison of two models' answers to a query.
struct Battle {
  std::uint32_t query = 0;
  std::uint32_t model_a = 0;
  std::uint32_t model_b = 0;
  float a_wins = 0.5F;  // 1, 0, or 0.5 for a tie
  float weight = 1.0F;  // > 0
  // Whether the vote was drawn *because* this model won or lost it, so that the model's share of
  // wins is the sampler's, not the voters'.
  bool sampled_for_a = false;
  bool sampled_for_b = false;
};

// Every index is within its table. Immutable once loaded.
struct Dataset {
  std::vector<std::string> models;
  std::vector<std::string> sources;  // a file's name up to the first point
  std::vector<std::string> tasks;    // "SOURCE/TASK"
  std::vector<DataQuery> queries;
  std::vector<Outcome> outcomes;  // never of a query that has battles: see LoadDataset
  std::vector<Battle> battles;
  std::size_t group_count = 0;
};

// Whose answers scores from 1 to 5 speak of.
struct ScoredModels {
  std::string scored;     // the model of rows that name none
  std::string reference;  // counts as 5 on queries where it has no score of its own
};

// Files, or folders that stand for all files in them (not in folders below them) with the names of
// docs/formats/outcomes.md, docs/formats/battles.md and docs/formats/scores.md. With
// `SOURCE.outcomes.csv` named itself comes the `SOURCE.queries.jsonl` beside it.
struct DataPaths {
  std::vector<std::filesystem::path> outcomes;
  std::vector<std::filesystem::path> battles;
  std::vector<std::filesystem::path> scores = {};  // docs/formats/scores.md
  ScoredModels scored = {};                        // of `scores`

  [[nodiscard]] bool empty() const { return outcomes.empty() && battles.empty() && scores.empty(); }
};

// Reads everything; the order of the result depends on the paths alone. A file that is named twice
// is read once. Scores
// become outcomes, 1 to 5 as 0 to 1. Where a query has battles, its outcomes are left out, since
// they restate the same judgements. Queries with the same prompt, and queries that a groups file
// puts together, share a group.
//
// Errors: kIo for a path that cannot be read; kInvalidData, naming file and line, for content
// against the formats, an id without a query, or nothing to learn from.
[[nodiscard]] Result<Dataset> LoadDataset(const DataPaths& paths);

}  // namespace routellm::data
