// Other labels for the answers that a benchmark comes with.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "data/csv_table.h"

namespace routellm::benchmark_run {

// An answer whose label changes.
struct ChangedLabel {
  std::size_t row = 0;  // of the questions, from 1
  std::string model;
  bool now_right = false;
  std::optional<std::string> said;  // the number that FinalNumber finds
  std::string expected;
};

struct RelabelledModel {
  std::string model;
  std::size_t right_before = 0;
  std::size_t right_now = 0;
};

struct Relabelling {
  data::CsvTable table;  // gsm8k_responses.csv with the new labels
  std::vector<RelabelledModel> models;
  std::vector<ChangedLabel> changes;
};

// Reads each answer of `folder`/gsm8k/gsm8k_responses.csv (the columns MODEL_response) again, by
// FinalNumber, and compares it exactly with the number in test.jsonl. Errors: kIo; kInvalidData
// with file and line.
[[nodiscard]] Result<Relabelling> RelabelGsm8k(const std::filesystem::path& folder);

}  // namespace routellm::benchmark_run
