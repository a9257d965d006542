// MT Bench, four replies for each question.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "benchmark_run/mt_bench_questions.h"
#include "benchmark_run/run.h"

namespace routellm::benchmark_run {

class MtBenchRun final : public BenchmarkRun {
 public:
  explicit MtBenchRun(RunOptions options) : BenchmarkRun(std::move(options)) {}

 private:
  Result<void> Load() override;
  [[nodiscard]] nlohmann::json Protocol() const override;
  Result<void> OpenMore() override;
  [[nodiscard]] std::size_t RepliesPerQuestion() const override { return kMtBenchReplies; }
  void AskOne(http_client::Client& client, std::size_t index) override;
  Result<FileContents> Grade() override;

  std::vector<MtBenchQuestion> questions_;        // in the order of the file
  std::vector<const MtBenchQuestion*> selected_;  // in the order of asking
  std::unique_ptr<Journal> judge_journal_;
  std::unique_ptr<Asker> model_;
  std::unique_ptr<Asker> judge_;
  std::unordered_map<std::int64_t, JudgedTurns> judged_;  // protected by mutex_
};

}  // namespace routellm::benchmark_run
