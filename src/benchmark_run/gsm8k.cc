#include "benchmark_run/gsm8k.h"

#include <fmt/core.h>

#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "benchmark_run/digest.h"
#include "benchmark_run/exam.h"
#include "benchmark_run/final_number.h"
#include "data/json_lines.h"
#include "data/text_file.h"

namespace routellm::benchmark_run {
namespace fs = std::filesystem;
namespace {

// The first `count` that are not in the test.
Result<std::string> Examples(const fs::path& file, std::size_t count,
                             const std::vector<WordProblem>& test) {
  if (count == 0) return "";
  const auto train = ReadWordProblems(file);
  if (!train) return tl::unexpected(train.error());
  std::unordered_set<std::string_view> asked;
  for (const WordProblem& problem : test) asked.insert(problem.question);
  std::string text;
  for (const WordProblem& problem : *train) {
    if (count == 0) break;
    if (asked.contains(problem.question)) continue;
    text += fmt::format("Question: {}\nAnswer: {}\n\n", problem.question, problem.solution);
    --count;
  }
  if (count > 0) {
    return Fail(ErrorCode::kInvalidData, "too few examples for --shots", file.string());
  }
  return text;
}

Result<void> AddQuestions(ExamFile& file, const fs::path& path, const std::string& examples,
                          const std::vector<WordProblem>& test) {
  std::unordered_map<std::string_view, std::size_t> index;
  for (std::size_t i = 0; i < test.size(); ++i) index.emplace(test[i].question, i);
  const auto prompt = file.table.FindColumn("prompt");
  if (!prompt) {
    return tl::unexpected(data::InvalidData(path.string(), 1, "there is no column 'prompt'"));
  }
  file.questions.reserve(file.table.rows.size());
  for (const auto& row : file.table.rows) {
    const auto found = index.find(row[*prompt]);
    if (found == index.end()) {
      return Fail(ErrorCode::kInvalidData, "a prompt is not in test.jsonl",
                  fmt::format("{}: {}", path.string(), data::Quoted(row[*prompt])));
    }
    const WordProblem& problem = test[found->second];
    file.questions.push_back(
        {.id = std::to_string(found->second),
         .subject = "",
         .message = fmt::format("{}Question: {}\nAnswer:", examples, problem.question),
         .expected = problem.number,
         .choices = {}});
  }
  return {};
}

}  // namespace

Result<std::vector<WordProblem>> ReadWordProblems(const fs::path& file) {
  const auto text = data::ReadTextFile(file);
  if (!text) return tl::unexpected(text.error());
  std::vector<WordProblem> problems;
  const auto read =
      data::ForEachJsonLine(file.string(), *text, [&](const data::JsonLine& line) -> Result<void> {
        const auto question = line.String("question");
        if (!question) return tl::unexpected(question.error());
        const auto solution = line.String("answer");
        if (!solution) return tl::unexpected(solution.error());
        auto number = FinalNumber(*solution);
        if (!number) return tl::unexpected(line.ErrorAt("answer", "there is no number in it"));
        problems.push_back(
            {std::string(*question), std::string(*solution), std::move(number->text)});
        return {};
      });
  if (!read) return tl::unexpected(read.error());
  return problems;
}

Result<Exam> LoadGsm8k(const fs::path& folder, std::size_t shots) {
  Exam exam{.benchmark = "gsm8k",
            .folder = "gsm8k",
            .files = {},
            .questions_in_files = 0,
            .shots = shots,
            .shots_digest = "",
            .read = [](const ExamQuestion&, std::string_view answer) {
              auto number = FinalNumber(answer);
              return number ? std::optional(std::move(number->text)) : std::nullopt;
            }};
  const auto test = ReadWordProblems(folder / exam.folder / "test.jsonl");
  if (!test) return tl::unexpected(test.error());
  const auto examples = Examples(folder / exam.folder / "train.jsonl", shots, *test);
  if (!examples) return tl::unexpected(examples.error());
  exam.shots_digest = Digest(*examples);
  ExamFile file{exam.folder / "gsm8k_responses.csv", {}, {}};
  auto table = data::ReadCsvTable(folder / file.name);
  if (!table) return tl::unexpected(table.error());
  file.table = std::move(*table);
  exam.questions_in_files = file.table.rows.size();
  if (auto ok = AddQuestions(file, folder / file.name, *examples, *test); !ok) {
    return tl::unexpected(ok.error());
  }
  exam.files.push_back(std::move(file));
  return exam;
}

}  // namespace routellm::benchmark_run
