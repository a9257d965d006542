#include "data/benchmark.h"

#include <fmt/core.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "data/csv_reader.h"
#include "data/mt_bench.h"
#include "data/partial_mark.h"
#include "data/text_file.h"
#include "text/utf8.h"

namespace routellm::data {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMmluSubjects = 57;

// Collects prompts and right or wrong answers from one or more CSV files: a column `prompt`, a
// column of True and False for each model, and the models' full answers in columns NAME_response.
class ExamBuilder {
 public:
  ExamBuilder(std::string name, ContaminatedPrompts contaminated)
      : contaminated_(std::move(contaminated)) {
    exam_.name = std::move(name);
    exam_.unit = "% correct";
    exam_.scale = 100.0;
  }

  // The models are those of the first file; the others must have them all.
  Result<void> Add(const fs::path& file) {
    auto text = ReadTextFile(file);
    if (!text) return tl::unexpected(text.error());
    auto reader = CsvReader::Create(file.string(), std::move(*text));
    if (!reader) return tl::unexpected(reader.error());
    const auto columns = FindColumns(*reader);
    if (!columns) return tl::unexpected(columns.error());
    for (;;) {
      const auto found = reader->Next();
      if (!found) return tl::unexpected(found.error());
      if (!*found) return {};
      if (auto ok = AddRow(*reader, *columns); !ok) return ok;
    }
  }

  Result<Benchmark> Finish(const fs::path& source) {
    if (exam_.prompts.empty() || exam_.models.empty()) {
      return Fail(ErrorCode::kInvalidData, "a benchmark without prompts or models",
                  source.string());
    }
    return std::move(exam_);
  }

 private:
  struct Columns {
    std::size_t prompt;
    std::vector<std::size_t> models;  // as in exam_.models
  };

  Result<Columns> FindColumns(const CsvReader& reader) {
    const auto prompt = reader.Column("prompt");
    if (!prompt) return tl::unexpected(prompt.error());
    if (exam_.models.empty()) {
      for (const std::string& name : reader.header()) {
        if (name != "prompt" && !name.ends_with("_response")) exam_.models.push_back({name, {}});
      }
    }
    Columns columns{*prompt, {}};
    for (const ModelScores& model : exam_.models) {
      const auto column = reader.Column(model.model);
      if (!column) return tl::unexpected(column.error());
      columns.models.push_back(*column);
    }
    return columns;
  }

  Result<void> AddRow(const CsvReader& reader, const Columns& columns) {
    const std::string& prompt = reader.Field(columns.prompt);
    if (prompt.empty() || !text::IsValidUtf8(prompt)) {
      return tl::unexpected(
          reader.ErrorAt(columns.prompt, prompt.empty() ? "empty" : "not valid UTF-8"));
    }
    const bool left_out = contaminated_.contains(prompt);
    for (std::size_t i = 0; i < columns.models.size(); ++i) {
      const std::string& correct = reader.Field(columns.models[i]);
      if (correct != "True" && correct != "False") {
        return tl::unexpected(reader.ErrorAt(
            columns.models[i], fmt::format("{} is neither True nor False", Quoted(correct))));
      }
      if (!left_out) exam_.models[i].scores.push_back(correct == "True" ? 1.0 : 0.0);
    }
    if (left_out) {
      ++exam_.contaminated;
    } else {
      exam_.prompts.push_back(prompt);
    }
    return {};
  }

  const ContaminatedPrompts contaminated_;
  Benchmark exam_;
};

Result<std::vector<fs::path>> MmluFiles(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with("mmlu_") && name.ends_with(".csv")) files.push_back(entry->path());
  }
  if (error) {
    return Fail(ErrorCode::kIo, "cannot read a folder", folder.string() + ": " + error.message());
  }
  if (files.size() != kMmluSubjects) {
    return Fail(ErrorCode::kInvalidData, "MMLU is not complete",
                fmt::format("{}: {} files mmlu_SUBJECT.csv where there are {} subjects",
                            folder.string(), files.size(), kMmluSubjects));
  }
  std::sort(files.begin(), files.end());
  return files;
}

Result<Benchmark> LoadExam(std::string name, const fs::path& folder,
                           const std::vector<fs::path>& files, const Exclusions& exclusions) {
  auto contaminated = ReadExclusions(folder, exclusions);
  if (!contaminated) return tl::unexpected(contaminated.error());
  ExamBuilder builder(std::move(name), std::move(*contaminated));
  for (const fs::path& file : files) {
    if (auto ok = builder.Add(file); !ok) return tl::unexpected(ok.error());
  }
  return builder.Finish(folder);
}

// Whether or not it is marked as partial.
Result<Benchmark> LoadFiles(std::string_view name, const fs::path& folder,
                            const Exclusions& exclusions) {
  if (name == "mmlu") {
    return MmluFiles(folder / "mmlu" / "responses").and_then([&](const auto& files) {
      return LoadExam("mmlu", folder / "mmlu", files, exclusions);
    });
  }
  if (name == "gsm8k") {
    return LoadExam("gsm8k", folder / "gsm8k", {folder / "gsm8k" / "gsm8k_responses.csv"},
                    exclusions);
  }
  if (name == "mt-bench") return LoadMtBench(folder / "mt_bench", exclusions);
  return Fail(ErrorCode::kInvalidRequest, fmt::format("there is no benchmark '{}'", name));
}

}  // namespace

Result<const ModelScores*> Benchmark::Find(std::string_view model) const {
  std::string known;
  for (const ModelScores& candidate : models) {
    if (candidate.model == model) return &candidate;
    known.append(known.empty() ? "" : ", ").append(candidate.model);
  }
  return Fail(ErrorCode::kModelNotFound,
              fmt::format("{} has no answers of a model '{}'; there are: {}", name, model, known));
}

std::vector<std::string> BenchmarkNames() { return {"mmlu", "gsm8k", "mt-bench"}; }

Result<Benchmark> LoadBenchmark(std::string_view name, const fs::path& folder,
                                const Exclusions& exclusions) {
  auto benchmark = LoadFiles(name, folder, exclusions);
  if (!benchmark) return benchmark;
  const auto questions = ReadPartialMark(folder / (name == "mt-bench" ? "mt_bench" : name));
  if (!questions) return tl::unexpected(questions.error());
  if (*questions > 0) {
    benchmark->name += fmt::format(" (partial: {} of {} questions)",
                                   benchmark->prompts.size() + benchmark->contaminated, *questions);
  }
  return benchmark;
}

}  // namespace routellm::data
