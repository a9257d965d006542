#include "benchmark_run/run.h"

#include <fmt/core.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "benchmark_run/exam_run.h"
#include "benchmark_run/mt_bench_run.h"
#include "data/benchmark.h"
#include "data/partial_mark.h"
#include "http_client/run_concurrently.h"
#include "text/utf8.h"

namespace routellm::benchmark_run {
namespace fs = std::filesystem;
namespace {

fs::path FolderOf(const std::string& benchmark) {
  return benchmark == "mt-bench" ? "mt_bench" : benchmark;
}

// `text` as part of a file's name.
std::string FileName(std::string text) {
  std::replace_if(
      text.begin(), text.end(),
      [](unsigned char c) { return std::isalnum(c) == 0 && c != '.' && c != '-' && c != '_'; },
      '_');
  return text;
}

Result<std::vector<std::string>> ModelsIn(const std::string& benchmark, const fs::path& folder) {
  const auto loaded = data::LoadBenchmark(benchmark, folder);
  if (!loaded) return tl::unexpected(loaded.error());
  std::vector<std::string> models;
  for (const data::ModelScores& model : loaded->models) models.push_back(model.model);
  return models;
}

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool IsUsableName(const std::string& name) {
  return !name.empty() && name != "prompt" && !name.ends_with("_response") &&
         text::IsValidUtf8(name) && std::none_of(name.begin(), name.end(), [](unsigned char c) {
           return c < 0x20 || c == 0x7F;
         });
}

}  // namespace

Result<std::unique_ptr<BenchmarkRun>> BenchmarkRun::Prepare(RunOptions options) {
  std::unique_ptr<BenchmarkRun> run;
  if (options.benchmark == "mt-bench") {
    run = std::make_unique<MtBenchRun>(std::move(options));
  } else {
    run = std::make_unique<ExamRun>(std::move(options));
  }
  if (auto ok = run->CheckNames(); !ok) return tl::unexpected(ok.error());
  if (auto ok = run->Load(); !ok) return tl::unexpected(ok.error());
  if (run->InPlace() && run->report_.asked < run->report_.questions) {
    return Fail(ErrorCode::kInvalidRequest,
                "--limit and --subjects would drop the other questions from the benchmark; give "
                "another --out");
  }
  const fs::path journal = run->JournalPath("");
  std::error_code error;
  fs::create_directories(journal.parent_path(), error);
  if (error) {
    return Fail(ErrorCode::kIo, "cannot make a folder",
                journal.parent_path().string() + ": " + error.message());
  }
  auto opened = Journal::Open(journal, run->Protocol());
  if (!opened) return tl::unexpected(opened.error());
  run->journal_ = std::move(*opened);
  run->state_ = std::make_unique<RunState>(run->report_.asked * run->RepliesPerQuestion(),
                                           run->options_.max_usd);
  const TokenUsage spent = run->journal_->tokens_at_open();
  run->state_->AddEarlier(spent, run->options_.server.price.Usd(spent));
  if (auto ok = run->OpenMore(); !ok) return tl::unexpected(ok.error());
  return run;
}

void BenchmarkRun::Work(std::size_t concurrency) {
  http_client::RunConcurrently(
      report_.asked, concurrency, state_->cancelled(),
      [&](http_client::Client& client, std::size_t index) { AskOne(client, index); });
}

Result<RunReport> BenchmarkRun::Finish() {
  auto files = Grade();
  if (!files) return tl::unexpected(files.error());
  if (report_.answered == 0) {
    return Fail(ErrorCode::kUpstreamUnavailable, "no question was answered; nothing was written",
                state_->Progress().last_failure);
  }
  const fs::path folder = FolderOf(options_.benchmark);
  const auto mark = data::ReadPartialMark(options_.data_folder / folder);
  if (!mark) return tl::unexpected(mark.error());
  const std::size_t questions = std::max(*mark, report_.questions);
  const bool partial = report_.answered < questions;
  if (partial && InPlace() && report_.answered < report_.questions) {
    return Fail(ErrorCode::kUpstreamUnavailable,
                "some questions have no answer; the benchmark is as it was, run again to go on",
                state_->Progress().last_failure);
  }
  if (partial) files->emplace(folder / data::kPartialMark, data::FormatPartialMark(questions));
  if (auto ok = WriteBenchmarkFiles(options_.data_folder, options_.out, folder, *files); !ok) {
    return tl::unexpected(ok.error());
  }
  std::error_code ignored;
  if (!partial) fs::remove(options_.out / folder / data::kPartialMark, ignored);
  return report_;
}

fs::path BenchmarkRun::JournalPath(const std::string& suffix) const {
  return options_.out / "runs" /
         fmt::format("{}.{}{}.jsonl", options_.benchmark, FileName(options_.name),
                     suffix.empty() ? "" : "." + FileName(suffix));
}

void BenchmarkRun::Note(const ChatReply& reply) {
  report_.empty += VisibleAnswer(reply.text).empty() ? 1 : 0;
  report_.truncated += reply.finish_reason == "length" ? 1 : 0;
}

bool BenchmarkRun::InPlace() const {
  std::error_code ignored;
  return fs::equivalent(options_.data_folder, options_.out, ignored);
}

Result<void> BenchmarkRun::CheckNames() const {
  if (!IsUsableName(options_.name)) {
    return Fail(ErrorCode::kInvalidRequest,
                fmt::format("'{}' cannot name a model in the files; choose another by --name",
                            text::SanitizeUtf8(options_.name)));
  }
  const auto known = ModelsIn(options_.benchmark, options_.data_folder);
  if (!known) return tl::unexpected(known.error());
  if (Contains(*known, options_.name)) {
    return Fail(ErrorCode::kInvalidRequest,
                fmt::format("the benchmark has answers of '{}' already; choose another --name",
                            options_.name));
  }
  if (InPlace() || !fs::exists(options_.out / FolderOf(options_.benchmark))) return {};
  const auto there = ModelsIn(options_.benchmark, options_.out);
  if (!there) return tl::unexpected(there.error());
  for (const std::string& model : *there) {
    if (model == options_.name || Contains(*known, model)) continue;
    return Fail(ErrorCode::kInvalidRequest,
                fmt::format("--out has answers of '{}', which would be lost: give the same folder "
                            "as --data-dir to add to it, or another --out",
                            model));
  }
  return {};
}

}  // namespace routellm::benchmark_run
