#include <fmt/core.h>

#include <algorithm>
#include <deque>
#include <system_error>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "benchmark_run/digest.h"
#include "benchmark_run/exam.h"
#include "data/csv_reader.h"
#include "data/text_file.h"

namespace routellm::benchmark_run {
namespace fs = std::filesystem;
namespace {

struct MmluQuestion {
  std::string text;
  Choices choices;
  char answer;
};

std::optional<char> Letter(std::string_view field) {
  if (field.size() != 1) return std::nullopt;
  if (field[0] >= 'A' && field[0] <= 'D') return field[0];
  if (field[0] >= '0' && field[0] <= '3') return static_cast<char>('A' + (field[0] - '0'));
  return std::nullopt;
}

Result<std::vector<MmluQuestion>> ReadSplit(const fs::path& file) {
  auto text = data::ReadTextFile(file);
  if (!text) return tl::unexpected(text.error());
  auto reader = data::CsvReader::CreateWithoutHeader(file.string(), std::move(*text),
                                                     {"question", "A", "B", "C", "D", "answer"});
  constexpr std::size_t kAnswer = 5;
  std::vector<MmluQuestion> questions;
  for (bool first = true;; first = false) {
    const auto found = reader.Next();
    if (!found) return tl::unexpected(found.error());
    if (!*found) return questions;
    if (first && reader.Field(0) == "question" && reader.Field(kAnswer) == "answer") continue;
    const auto letter = Letter(reader.Field(kAnswer));
    if (!letter) {
      return tl::unexpected(reader.ErrorAt(
          kAnswer,
          fmt::format("{} is not a letter from A to D", data::Quoted(reader.Field(kAnswer)))));
    }
    questions.push_back({reader.Field(0),
                         {reader.Field(1), reader.Field(2), reader.Field(3), reader.Field(4)},
                         *letter});
  }
}

std::string Prompt(const MmluQuestion& question, const Choices& choices) {
  std::string text = question.text;
  for (std::size_t i = 0; i < choices.size(); ++i) {
    text += fmt::format("\n{}. {}", static_cast<char>('A' + i), choices[i]);
  }
  return text + "\nAnswer:";
}

// As pandas writes options that it takes for missing values.
Choices WithNan(Choices choices) {
  for (std::string& choice : choices) {
    if (choice == "None") choice = "nan";
  }
  return choices;
}

std::string Examples(const std::string& subject, const std::vector<MmluQuestion>& dev,
                     const std::vector<MmluQuestion>& test, std::size_t count) {
  std::unordered_set<std::string_view> asked;
  for (const MmluQuestion& question : test) asked.insert(question.text);
  std::string name = subject;
  std::replace(name.begin(), name.end(), '_', ' ');
  std::string text = fmt::format(
      "Multiple-choice questions about {}. Give the letter of the right answer.\n\n", name);
  for (const MmluQuestion& question : dev) {
    if (count == 0) break;
    if (asked.contains(question.text)) continue;
    text += fmt::format("{} {}\n\n", Prompt(question, question.choices), question.answer);
    --count;
  }
  return text;
}

class Subject {
 public:
  static Result<Subject> Load(const fs::path& mmlu_folder, std::string name, std::size_t shots) {
    Subject subject;
    subject.name_ = std::move(name);
    auto test = ReadSplit(mmlu_folder / "test" / (subject.name_ + "_test.csv"));
    if (!test) return tl::unexpected(test.error());
    subject.test_ = std::move(*test);
    std::vector<MmluQuestion> dev;
    if (shots > 0) {
      const fs::path file = mmlu_folder / "dev" / (subject.name_ + "_dev.csv");
      auto read = ReadSplit(file);
      if (!read) return tl::unexpected(read.error());
      dev = std::move(*read);
      if (dev.size() < shots) {
        return Fail(ErrorCode::kInvalidData, "too few examples for --shots",
                    fmt::format("{} has {}", file.string(), dev.size()));
      }
    }
    subject.examples_ = Examples(subject.name_, dev, subject.test_, shots);
    for (std::size_t i = 0; i < subject.test_.size(); ++i) {
      const MmluQuestion& question = subject.test_[i];
      subject.index_[Prompt(question, WithNan(question.choices))].push_back(i);
    }
    return subject;
  }

  [[nodiscard]] const std::string& examples() const { return examples_; }

  // The next question with this prompt; some occur more than once.
  std::optional<ExamQuestion> Take(const std::string& prompt) {
    const auto found = index_.find(Normalised(prompt));
    if (found == index_.end() || found->second.empty()) return std::nullopt;
    const std::size_t i = found->second.front();
    found->second.pop_front();
    const MmluQuestion& question = test_[i];
    return ExamQuestion{.id = fmt::format("{}/{}", name_, i),
                        .subject = name_,
                        .message = examples_ + Prompt(question, question.choices),
                        .expected = std::string(1, question.answer),
                        .choices = question.choices};
  }

 private:
  static std::string Normalised(std::string prompt) {
    for (char letter = 'A'; letter <= 'D'; ++letter) {
      const std::string none = fmt::format("\n{}. None\n", letter);
      const std::size_t at = prompt.rfind(none);
      if (at != std::string::npos) prompt.replace(at + 4, 4, "nan");
    }
    return prompt;
  }

  std::string name_;
  std::vector<MmluQuestion> test_;
  std::string examples_;
  std::unordered_map<std::string, std::deque<std::size_t>> index_;  // by prompt
};

Result<std::vector<std::string>> SubjectNames(const fs::path& responses) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(responses, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with("mmlu_") && name.ends_with(".csv")) {
      names.push_back(name.substr(5, name.size() - 9));
    }
  }
  if (error) {
    return Fail(ErrorCode::kIo, "cannot read a folder",
                responses.string() + ": " + error.message());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<void> AddQuestions(ExamFile& file, const fs::path& path, Subject& subject) {
  const auto prompt = file.table.FindColumn("prompt");
  if (!prompt) {
    return tl::unexpected(data::InvalidData(path.string(), 1, "there is no column 'prompt'"));
  }
  file.questions.reserve(file.table.rows.size());
  for (const auto& row : file.table.rows) {
    auto question = subject.Take(row[*prompt]);
    if (!question) {
      return Fail(ErrorCode::kInvalidData, "a prompt is not in MMLU's test split",
                  fmt::format("{}: {}", path.string(), data::Quoted(row[*prompt])));
    }
    file.questions.push_back(std::move(*question));
  }
  return {};
}

}  // namespace

Result<Exam> LoadMmlu(const fs::path& folder, const fs::path& mmlu_folder, std::size_t shots,
                      const std::vector<std::string>& only_subjects) {
  Exam exam{.benchmark = "mmlu",
            .folder = "mmlu",
            .files = {},
            .questions_in_files = 0,
            .shots = shots,
            .shots_digest = "",
            .read = [](const ExamQuestion& question, std::string_view answer) {
              const auto letter = ChosenLetter(answer, question.choices);
              return letter ? std::optional(std::string(1, *letter)) : std::nullopt;
            }};
  const auto names = SubjectNames(folder / exam.folder / "responses");
  if (!names) return tl::unexpected(names.error());
  for (const std::string& subject : only_subjects) {
    if (std::find(names->begin(), names->end(), subject) == names->end()) {
      return Fail(ErrorCode::kInvalidRequest, fmt::format("MMLU has no subject '{}'", subject));
    }
  }
  std::string all_examples;
  for (const std::string& name : *names) {
    ExamFile file{exam.folder / "responses" / fmt::format("mmlu_{}.csv", name), {}, {}};
    auto table = data::ReadCsvTable(folder / file.name);
    if (!table) return tl::unexpected(table.error());
    file.table = std::move(*table);
    exam.questions_in_files += file.table.rows.size();
    auto subject = Subject::Load(mmlu_folder, name, shots);
    if (!subject) return tl::unexpected(subject.error());
    all_examples += subject->examples();
    if (only_subjects.empty() ||
        std::find(only_subjects.begin(), only_subjects.end(), name) != only_subjects.end()) {
      if (auto ok = AddQuestions(file, folder / file.name, *subject); !ok) {
        return tl::unexpected(ok.error());
      }
    } else {
      file.table.rows.clear();
    }
    exam.files.push_back(std::move(file));
  }
  exam.shots_digest = Digest(all_examples);
  return exam;
}

}  // namespace routellm::benchmark_run
