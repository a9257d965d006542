#include "benchmark_run/exam_results.h"

#include <system_error>
#include <utility>

#include "data/replace_file.h"

namespace routellm::benchmark_run {
namespace fs = std::filesystem;
namespace {

tl::unexpected<Error> FolderError(const fs::path& folder, const std::error_code& error) {
  return Fail(ErrorCode::kIo, "cannot write there", folder.string() + ": " + error.message());
}

Result<void> CopyOthers(const fs::path& from, const fs::path& to, const fs::path& benchmark,
                        const FileContents& contents) {
  std::error_code error;
  if (fs::equivalent(from / benchmark, to / benchmark, error)) return {};
  for (fs::directory_iterator entry(from / benchmark, error), end; !error && entry != end;
       entry.increment(error)) {
    const fs::path name = benchmark / entry->path().filename();
    if (!entry->is_regular_file(error) || contents.contains(name)) continue;
    fs::copy_file(entry->path(), to / name, fs::copy_options::overwrite_existing, error);
    if (error) break;
    fs::permissions(to / name, fs::perms::owner_write, fs::perm_options::add, error);
  }
  if (error) return FolderError(to / benchmark, error);
  return {};
}

}  // namespace

Result<void> WriteBenchmarkFiles(const fs::path& from, const fs::path& to,
                                 const fs::path& benchmark, const FileContents& contents) {
  std::error_code error;
  fs::create_directories(to / benchmark, error);
  if (error) return FolderError(to / benchmark, error);
  if (auto copied = CopyOthers(from, to, benchmark, contents); !copied) return copied;
  for (const auto& [name, text] : contents) {
    fs::create_directories((to / name).parent_path(), error);
    if (error) return FolderError((to / name).parent_path(), error);
    if (auto written = data::ReplaceFile(to / name, text); !written) return written;
  }
  return {};
}

ExamGrades GradeExam(const Exam& exam, const std::string& name,
                     const std::unordered_map<std::string, std::string>& answers) {
  ExamGrades grades;
  for (const ExamFile& file : exam.files) {
    data::CsvTable table{file.table.header, {}};
    table.header.push_back(name);
    table.header.push_back(name + "_response");
    for (std::size_t row = 0; row < file.questions.size(); ++row) {
      const ExamQuestion& question = file.questions[row];
      const auto answer = answers.find(question.id);
      if (answer == answers.end()) continue;
      const auto said = exam.read(question, answer->second);
      const bool right = said == question.expected;
      ++grades.questions;
      grades.right += right ? 1 : 0;
      grades.unread += said ? 0 : 1;
      auto& fields = table.rows.emplace_back(file.table.rows[row]);
      fields.emplace_back(right ? "True" : "False");
      fields.push_back(answer->second);
    }
    grades.files.emplace(file.name, data::FormatCsv(table));
  }
  return grades;
}

}  // namespace routellm::benchmark_run
