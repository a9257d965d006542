// The right answers of GSM8K.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/error.h"

namespace routellm::benchmark_run {

struct WordProblem {
  std::string question;
  std::string solution;  // ends in "#### NUMBER"
  std::string number;    // in the form of ExactNumber
};

// A file with lines {"question", "answer"}. Errors: kIo; kInvalidData with file, line and key, also
// for a solution without a number.
[[nodiscard]] Result<std::vector<WordProblem>> ReadWordProblems(const std::filesystem::path& file);

}  // namespace routellm::benchmark_run
