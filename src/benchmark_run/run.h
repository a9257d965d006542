// A run: one model answers a benchmark, and a copy of the benchmark with its answers is written.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "benchmark_run/asker.h"
#include "benchmark_run/chat_api.h"
#include "benchmark_run/exam_results.h"
#include "benchmark_run/journal.h"
#include "benchmark_run/run_state.h"
#include "core/error.h"

namespace routellm::benchmark_run {

struct RunOptions {
  std::string benchmark;              // as data::BenchmarkNames
  std::filesystem::path data_folder;  // holds mmlu, gsm8k, mt_bench
  std::filesystem::path mmlu_folder;  // see LoadMmlu
  std::filesystem::path out;          // may be data_folder; the journals are in out/runs
  std::string name;                   // of the model in the files
  std::size_t shots = 0;              // MMLU and GSM8K
  std::vector<std::string> subjects;  // MMLU; empty: all
  std::optional<std::size_t> limit;   // questions; a larger limit includes those of a smaller one
  std::optional<double> temperature;  // default: 0; of MT Bench, by category
  std::optional<double> max_usd;
  ChatServer server;
  ChatSettings model;
  ChatServer judge_server;  // MT Bench
  ChatSettings judge;
};

struct RunReport {
  std::size_t questions = 0;  // of the benchmark as read
  std::size_t asked = 0;      // of them selected by subjects and limit
  std::size_t answered = 0;
  std::size_t unread = 0;     // MMLU, GSM8K: answers that could not be read, counted as wrong
  std::size_t empty = 0;      // answers without text
  std::size_t truncated = 0;  // answers that reached the limit of tokens
  double quality = 0.0;       // % correct, or mean score
  std::string unit;
};

class BenchmarkRun {
 public:
  // Reads the questions, refuses what cannot work, and opens the journals. Errors: those of
  // loading; kInvalidRequest if the name is taken or unusable, or the files in `out` have answers
  // of models that the data do not have (they would be lost); those of Journal::Open.
  [[nodiscard]] static Result<std::unique_ptr<BenchmarkRun>> Prepare(RunOptions options);

  BenchmarkRun(const BenchmarkRun&) = delete;
  BenchmarkRun& operator=(const BenchmarkRun&) = delete;
  virtual ~BenchmarkRun() = default;

  [[nodiscard]] RunState& state() { return *state_; }
  [[nodiscard]] const std::filesystem::path& journal() const { return journal_->path(); }

  // Asks what is left to ask, in an order that is random but always the same, so that what is done
  // when a run stops is a fair sample. Returns when all is done or the state has stopped.
  void Work(std::size_t concurrency);

  // After Work: writes out/BENCHMARK with the questions that have answers, and marks it as partial
  // (data/partial_mark.h) if some have none. Errors: kUpstreamUnavailable if none has; also
  // instead of a partial result in the folder that was read; kIo.
  [[nodiscard]] Result<RunReport> Finish();

 protected:
  explicit BenchmarkRun(RunOptions options) : options_(std::move(options)) {}

  // Sets `report_.questions`, `report_.asked` and `report_.unit`.
  virtual Result<void> Load() = 0;
  [[nodiscard]] virtual nlohmann::json Protocol() const = 0;
  virtual Result<void> OpenMore() { return {}; }
  [[nodiscard]] virtual std::size_t RepliesPerQuestion() const = 0;
  virtual void AskOne(http_client::Client& client, std::size_t index) = 0;
  // Contents of the files and the figures of `report_`.
  virtual Result<FileContents> Grade() = 0;

  [[nodiscard]] std::filesystem::path JournalPath(const std::string& suffix) const;
  // Counts an answer's length. Under `mutex_`.
  void Note(const ChatReply& reply);

  const RunOptions options_;
  RunReport report_;
  std::unique_ptr<RunState> state_;
  std::unique_ptr<Journal> journal_;
  std::mutex mutex_;  // of what AskOne collects

 private:
  [[nodiscard]] Result<void> CheckNames() const;
  [[nodiscard]] bool InPlace() const;
};

}  // namespace routellm::benchmark_run
