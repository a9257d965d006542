#include "benchmark_run/exam_run.h"

#include <algorithm>

#include "benchmark_run/digest.h"
#include "benchmark_run/exam_results.h"

namespace routellm::benchmark_run {
namespace {

// Raised when the words around questions and examples change.
constexpr int kPromptRevision = 1;

}  // namespace

Result<void> ExamRun::Load() {
  auto exam = options_.benchmark == "mmlu" ? LoadMmlu(options_.data_folder, options_.mmlu_folder,
                                                      options_.shots, options_.subjects)
                                           : LoadGsm8k(options_.data_folder, options_.shots);
  if (!exam) return tl::unexpected(exam.error());
  exam_ = std::move(*exam);
  for (const ExamFile& file : exam_.files) {
    for (const ExamQuestion& question : file.questions) selected_.push_back(&question);
  }
  report_.questions = exam_.questions_in_files;
  std::sort(selected_.begin(), selected_.end(), [](const auto* a, const auto* b) {
    return std::pair(Hash(a->id), a) < std::pair(Hash(b->id), b);
  });
  if (options_.limit) selected_.resize(std::min(*options_.limit, selected_.size()));
  report_.asked = selected_.size();
  report_.unit = "% correct";
  return {};
}

nlohmann::json ExamRun::Protocol() const {
  return {{"benchmark", options_.benchmark},
          {"model", options_.model.model},
          {"shots", exam_.shots},
          {"shots_digest", exam_.shots_digest},
          {"temperature", options_.temperature.value_or(0.0)},
          {"max_tokens", options_.model.max_tokens},
          {"request_patch", options_.model.patch},
          {"prompt_revision", kPromptRevision}};
}

Result<void> ExamRun::OpenMore() {
  asker_ = std::make_unique<Asker>(options_.server, options_.model, *journal_, *state_);
  return {};
}

void ExamRun::AskOne(http_client::Client& client, std::size_t index) {
  const ExamQuestion& question = *selected_[index];
  const auto reply =
      asker_->Ask(client, question.id, nlohmann::json::array({Message("user", question.message)}),
                  options_.temperature.value_or(0.0));
  if (!reply) return;
  const std::lock_guard lock(mutex_);
  Note(*reply);
  answers_[question.id] = VisibleAnswer(reply->text);
}

Result<FileContents> ExamRun::Grade() {
  ExamGrades grades = GradeExam(exam_, options_.name, answers_);
  report_.answered = grades.questions;
  report_.unread = grades.unread;
  report_.quality = grades.questions == 0 ? 0.0
                                          : 100.0 * static_cast<double>(grades.right) /
                                                static_cast<double>(grades.questions);
  return std::move(grades.files);
}

}  // namespace routellm::benchmark_run
