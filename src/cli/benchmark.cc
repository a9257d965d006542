#include "cli/benchmark.h"

#include <fmt/core.h>

#include <filesystem>
#include <memory>
#include <string>

#include "benchmark_run/exam_results.h"
#include "benchmark_run/relabel.h"
#include "cli/commands.h"

namespace routellm::cli {
namespace fs = std::filesystem;
namespace {

struct RelabelFlags {
  std::string benchmark;
  std::string data_folder;
  std::string out;
  bool list = false;
};

void PrintRelabelling(const benchmark_run::Relabelling& relabelling, bool list) {
  const std::size_t count = relabelling.table.rows.size();
  fmt::print("{:<40} {:>9} {:>9} {:>12} {:>12}\n", "model", "before", "now", "wrong>right",
             "right>wrong");
  for (const auto& model : relabelling.models) {
    std::size_t to_right = 0;
    std::size_t to_wrong = 0;
    for (const auto& change : relabelling.changes) {
      if (change.model == model.model) ++(change.now_right ? to_right : to_wrong);
    }
    const auto percent = [&](std::size_t right) {
      return 100.0 * static_cast<double>(right) / static_cast<double>(count);
    };
    fmt::print("{:<40} {:>7.2f} % {:>7.2f} % {:>12} {:>12}\n", model.model,
               percent(model.right_before), percent(model.right_now), to_right, to_wrong);
  }
  fmt::print("{} questions, {} labels change\n", count, relabelling.changes.size());
  if (!list) return;
  for (const auto& change : relabelling.changes) {
    fmt::print("question {}: {} said {}, right is {}: now {}\n", change.row, change.model,
               change.said.value_or("nothing"), change.expected,
               change.now_right ? "right" : "wrong");
  }
}

void Relabel(const RelabelFlags& flags) {
  const auto folder = BenchmarkFolder(flags.data_folder);
  if (!folder) Exit(folder.error());
  const auto relabelling = benchmark_run::RelabelGsm8k(*folder);
  if (!relabelling) Exit(relabelling.error());
  PrintRelabelling(*relabelling, flags.list);
  if (flags.out.empty()) return;
  const auto written = benchmark_run::WriteBenchmarkFiles(
      *folder, flags.out, "gsm8k",
      {{"gsm8k/gsm8k_responses.csv", data::FormatCsv(relabelling->table)}});
  if (!written) Exit(written.error());
  fmt::print("wrote {}\n", (fs::path(flags.out) / "gsm8k").string());
}

void AddRelabel(CLI::App& benchmark) {
  const auto flags = std::make_shared<RelabelFlags>();
  CLI::App* command = benchmark.add_subcommand(
      "relabel", "Grade the answers of GSM8K that come with the benchmark anew");
  command->add_option("BENCHMARK", flags->benchmark, "gsm8k (MMLU has no texts of answers)")
      ->required()
      ->check(CLI::IsMember({"gsm8k"}));
  command->add_option("--data-dir", flags->data_folder, kBenchmarkFolderHelp)->type_name("DIR");
  command
      ->add_option("--out", flags->out,
                   "Write a copy of the benchmark with the new labels there, for `evaluate "
                   "--data-dir`")
      ->type_name("DIR");
  command->add_flag("--list", flags->list, "Print each label that changes");
  command->footer("Example:\n  routellm benchmark relabel gsm8k --data-dir data/benchmarks --list");
  command->callback([flags] { Relabel(*flags); });
}

}  // namespace

void AddBenchmark(CLI::App& app) {
  CLI::App* benchmark =
      app.add_subcommand("benchmark", "Add models to the benchmarks that `evaluate` reads");
  benchmark->require_subcommand(1);
  benchmark->footer(
      "Example:\n"
      "  routellm benchmark run gsm8k --model llama3 --endpoint http://localhost:8000/v1 --out "
      "bench");
  AddBenchmarkRun(*benchmark);
  AddRelabel(*benchmark);
}

}  // namespace routellm::cli
