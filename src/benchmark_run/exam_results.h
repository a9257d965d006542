// Copies of a benchmark with the answers of one more model.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <unordered_map>

#include "benchmark_run/exam.h"
#include "core/error.h"

namespace routellm::benchmark_run {

// Contents of files by their paths below the folder of benchmarks.
using FileContents = std::map<std::filesystem::path, std::string>;

// Writes `contents` below `to`, each file whole or not at all, and copies what else lies directly
// in `from`/`benchmark` to `to`/`benchmark` unless it is the same folder. Makes folders. Error kIo.
[[nodiscard]] Result<void> WriteBenchmarkFiles(const std::filesystem::path& from,
                                               const std::filesystem::path& to,
                                               const std::filesystem::path& benchmark,
                                               const FileContents& contents);

struct ExamGrades {
  std::size_t questions = 0;  // with an answer
  std::size_t right = 0;
  std::size_t unread = 0;  // answers that say nothing that can be graded: wrong
  FileContents files;      // the exam's, with the columns NAME and NAME_response
};

// Grades `answers` (by id). Questions without one are left out of the files.
[[nodiscard]] ExamGrades GradeExam(const Exam& exam, const std::string& name,
                                   const std::unordered_map<std::string, std::string>& answers);

}  // namespace routellm::benchmark_run
