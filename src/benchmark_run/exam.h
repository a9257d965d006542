// MMLU and GSM8K as they are asked and graded.
//
// Prompts follow the published protocols: solved examples in front of the question, all in one
// message. MMLU: the first five questions of the subject's dev split; GSM8K: the first eight of the
// training split (Ong et al., 2024, after Hendrycks et al., 2021, and Cobbe et al., 2021).
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "benchmark_run/choice_letter.h"
#include "core/error.h"
#include "data/csv_table.h"

namespace routellm::benchmark_run {

struct ExamQuestion {
  std::string id;        // the same whatever other questions there are: "anatomy/17", "17"
  std::string subject;   // "anatomy"; "" in GSM8K
  std::string message;   // what the model is sent
  std::string expected;  // the right answer as Exam::read gives it
  Choices choices;       // MMLU only
};

// A file of the benchmark's folder and its questions, one for each row.
struct ExamFile {
  std::filesystem::path name;  // below the folder of benchmarks: "gsm8k/gsm8k_responses.csv"
  data::CsvTable table;
  std::vector<ExamQuestion> questions;
};

struct Exam {
  std::string benchmark;         // "mmlu" or "gsm8k"
  std::filesystem::path folder;  // of the benchmark, below the folder of benchmarks
  std::vector<ExamFile> files;
  std::size_t questions_in_files = 0;  // those of subjects that are not asked included
  std::size_t shots = 0;
  std::string shots_digest;
  // What an answer says: a letter or a number in its shortest form; nothing if it cannot be told.
  std::function<std::optional<std::string>(const ExamQuestion&, std::string_view answer)> read;
};

// Reads gsm8k_responses.csv, test.jsonl (the right answers) and train.jsonl (the examples) in
// `folder`/gsm8k. Errors: kIo, kInvalidData with file and line, among them a prompt that test.jsonl
// does not have, and fewer examples than `shots`.
[[nodiscard]] Result<Exam> LoadGsm8k(const std::filesystem::path& folder, std::size_t shots);

// Reads the subjects' files in `folder`/mmlu/responses, and from `mmlu_folder` the right answers
// (test/SUBJECT_test.csv) and the examples (dev/SUBJECT_dev.csv) as the authors of MMLU published
// them: question, four options and the letter, without a header. Copies with a header and with 0 to
// 3 for the letters are read, too.
//
// In ten prompts of the public response files the option "None" stands as "nan"; models are asked
// with the option as it is in MMLU. Errors as above; `only_subjects`, if not empty, must all exist
// (kInvalidRequest), and the files of other subjects then have no rows.
[[nodiscard]] Result<Exam> LoadMmlu(const std::filesystem::path& folder,
                                    const std::filesystem::path& mmlu_folder, std::size_t shots,
                                    const std::vector<std::string>& only_subjects);

}  // namespace routellm::benchmark_run
