// One score from 1 to 5 as a file states it.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "core/error.h"

namespace routellm::data {

// See docs/formats/scores.md.
struct ScoreRecord {
  std::string id;      // empty: the prompt stands in the record
  std::string prompt;  // empty: the prompt is that of the query `id`
  std::string model;   // empty: not stated
  float score = 5.0F;  // in [1, 5]
  std::function<Error(std::string_view field, std::string_view problem)> error_at;
};

// Calls `visit` for each score of a CSV or (by name) JSON Lines file until it returns an error,
// which is passed on. Errors: kIo; kInvalidData for a missing or unusable field.
[[nodiscard]] Result<void> ForEachScore(
    const std::filesystem::path& file,
    const std::function<Result<void>(const ScoreRecord&)>& visit);

}  // namespace routellm::data
