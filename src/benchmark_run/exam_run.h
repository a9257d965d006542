// MMLU and GSM8K, one reply for each question.
#pragma once

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "benchmark_run/exam.h"
#include "benchmark_run/run.h"

namespace routellm::benchmark_run {

class ExamRun final : public BenchmarkRun {
 public:
  explicit ExamRun(RunOptions options) : BenchmarkRun(std::move(options)) {}

 private:
  Result<void> Load() override;
  [[nodiscard]] nlohmann::json Protocol() const override;
  Result<void> OpenMore() override;
  [[nodiscard]] std::size_t RepliesPerQuestion() const override { return 1; }
  void AskOne(http_client::Client& client, std::size_t index) override;
  Result<FileContents> Grade() override;

  Exam exam_;
  std::vector<const ExamQuestion*> selected_;  // in the order of asking
  std::unique_ptr<Asker> asker_;
  std::unordered_map<std::string, std::string> answers_;  // by id; protected by mutex_
};

}  // namespace routellm::benchmark_run
