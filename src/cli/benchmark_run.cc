#include <fmt/core.h>

#include <memory>
#include <optional>
#include <string>

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>

#include "benchmark_run/run.h"
#include "cli/benchmark.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/model_flags.h"
#include "cli/number_range.h"
#include "cli/run_display.h"
#include "data/benchmark.h"

namespace routellm::cli {
namespace {

using benchmark_run::RunOptions;
using benchmark_run::RunReport;

constexpr const char* kMmlu = "mmlu";
constexpr const char* kMtBench = "mt-bench";
constexpr const char* kJudgePrefix = "judge-";

struct RunFlags {
  std::string benchmark;
  std::string data_folder;
  std::string mmlu_folder;
  std::string out;
  std::string name;
  ModelFlags model;
  ModelFlags judge;
  RunLimits limits;
  std::optional<double> temperature;
  std::optional<std::size_t> shots;
  std::vector<std::string> subjects;
};

tl::unexpected<Error> WrongUsage(std::string message) {
  return Fail(ErrorCode::kInvalidRequest, std::move(message));
}

// Enough for the answers that the published protocols ask for, and for models that explain.
int DefaultMaxTokens(const std::string& benchmark) { return benchmark == kMmlu ? 256 : 1024; }

Result<void> CheckFlags(const RunFlags& flags) {
  const bool judged = flags.benchmark == kMtBench;
  if (flags.benchmark == kMmlu && flags.mmlu_folder.empty()) {
    return WrongUsage(
        "MMLU needs --mmlu-dir: the public response files have neither the right answers nor the "
        "examples. DIR is MMLU as its authors published it, with the folders test and dev");
  }
  if (flags.benchmark != kMmlu && (!flags.subjects.empty() || !flags.mmlu_folder.empty())) {
    return WrongUsage("--subjects and --mmlu-dir are for mmlu");
  }
  if (judged && flags.judge.model.empty()) {
    return WrongUsage("mt-bench needs --judge-model; judge the models you compare by the same one");
  }
  if (!judged && !(flags.judge.model.empty() && flags.judge.endpoint.empty())) {
    return WrongUsage("only mt-bench has a judge");
  }
  if (judged && flags.shots) return WrongUsage("mt-bench has no examples: --shots");
  for (const ModelFlags* model : {&flags.model, &flags.judge}) {
    if (model == &flags.judge && !judged) continue;
    auto ok = CheckPrices(*model, flags.limits.max_usd.has_value(),
                          model == &flags.judge ? kJudgePrefix : "");
    if (!ok) return ok;
  }
  return {};
}

Result<RunOptions> Options(RunFlags flags) {
  if (auto ok = CheckFlags(flags); !ok) return tl::unexpected(ok.error());
  const auto folder = BenchmarkFolder(flags.data_folder);
  if (!folder) return tl::unexpected(folder.error());
  RunOptions options{.benchmark = flags.benchmark,
                     .data_folder = *folder,
                     .mmlu_folder = flags.mmlu_folder,
                     .out = flags.out,
                     .name = flags.name.empty() ? flags.model.model : flags.name,
                     .shots = flags.shots.value_or(flags.benchmark == kMmlu ? 5 : 8),
                     .subjects = flags.subjects,
                     .limit = flags.limits.most,
                     .temperature = flags.temperature,
                     .max_usd = flags.limits.max_usd,
                     .server = {},
                     .model = {},
                     .judge_server = {},
                     .judge = {}};
  auto server = MakeServer(flags.model, flags.limits.timeout_s);
  if (!server) return tl::unexpected(server.error());
  options.server = std::move(*server);
  auto settings = MakeSettings(flags.model, DefaultMaxTokens(flags.benchmark), "");
  if (!settings) return tl::unexpected(settings.error());
  options.model = std::move(*settings);
  if (flags.benchmark != kMtBench) return options;
  if (flags.judge.endpoint.empty()) {
    flags.judge.endpoint = flags.model.endpoint;
    if (flags.judge.key_variable.empty()) flags.judge.key_variable = flags.model.key_variable;
  }
  server = MakeServer(flags.judge, flags.limits.timeout_s);
  if (!server) return tl::unexpected(server.error());
  options.judge_server = std::move(*server);
  settings = MakeSettings(flags.judge, 2048, kJudgePrefix);
  if (!settings) return tl::unexpected(settings.error());
  options.judge = std::move(*settings);
  return options;
}

void PrintReport(const RunOptions& options, const RunReport& report) {
  fmt::print("{}: {} answered {} of {} questions: {:.2f} {}\n", options.benchmark, options.name,
             report.answered, report.questions, report.quality, report.unit);
  const auto note = [](std::size_t count, const char* what) {
    if (count > 0) fmt::print("  {} {}\n", count, what);
  };
  note(report.unread, "answers could not be read and count as wrong");
  note(report.empty, "answers are empty");
  note(report.truncated, "answers were cut off by the limit of tokens (--max-tokens)");
  if (report.answered < report.questions) {
    fmt::print("  partial: the other questions are left out of the files\n");
  }
  fmt::print(
      "wrote {}; now, for example:\n"
      "  routellm evaluate --benchmark {} --data-dir {} --strong-model '{}'\n",
      options.out.string(), options.benchmark, options.out.string(), options.name);
}

void Run(const RunFlags& flags) {
  auto options = Options(flags);
  if (!options) Exit(options.error());
  const InterruptGuard guard;
  auto run = benchmark_run::BenchmarkRun::Prepare(*options);
  if (!run) Exit(run.error());
  {
    const RunDisplay display((*run)->state(), flags.model.price_input.has_value());
    (*run)->Work(flags.limits.concurrency);
  }
  const benchmark_run::RunProgress progress = (*run)->state().Progress();
  ExitIfStopped(progress, (*run)->journal().string());
  const auto report = (*run)->Finish();
  if (!report) Exit(report.error());
  PrintReport(*options, *report);
  ExitUnlessComplete(progress);
}

void AddQuestionFlags(CLI::App& command, RunFlags& flags) {
  command
      .add_option("--mmlu-dir", flags.mmlu_folder,
                  "MMLU as its authors published it: test/SUBJECT_test.csv, dev/SUBJECT_dev.csv")
      ->type_name("DIR");
  command
      .add_option("--shots", flags.shots,
                  "Solved examples in front of each question; default: 5 for mmlu, 8 for gsm8k")
      ->check(CLI::Range(0, 100));
  command.add_option("--subjects", flags.subjects, "Ask only these subjects of mmlu")
      ->type_name("NAME");
  command
      .add_option("--temperature", flags.temperature,
                  "Default: 0; mt-bench: by category, as published")
      ->check(Between(0.0, 2.0));
}

}  // namespace

void AddBenchmarkRun(CLI::App& benchmark) {
  const auto flags = std::make_shared<RunFlags>();
  CLI::App* command = benchmark.add_subcommand(
      "run", "Ask a model a benchmark and write a copy of the benchmark with its answers");
  command->add_option("BENCHMARK", flags->benchmark, "mmlu, gsm8k or mt-bench")
      ->required()
      ->check(CLI::IsMember(data::BenchmarkNames()));
  command->add_option("--model", flags->model.model, "The model, by its server's name for it")
      ->type_name("MODEL")
      ->required();
  AddModelFlags(*command, flags->model,
                {.prefix = "",
                 .key_flag = "api-key-env",
                 .whose = "the model's",
                 .endpoint_more = "",
                 .max_tokens_more = "256 for mmlu, else 1024"})
      ->required();
  command
      ->add_option("--out", flags->out,
                   "Folder for the copy and, in runs, for the journals; may be that of --data-dir, "
                   "to add the model there")
      ->type_name("DIR")
      ->required();
  command->add_option("--data-dir", flags->data_folder, kBenchmarkFolderHelp)->type_name("DIR");
  command->add_option("--name", flags->name, "The model's name in the files; default: --model")
      ->type_name("NAME");
  AddQuestionFlags(*command, *flags);
  AddRunLimits(*command, flags->limits, "Ask only N questions");
  command->add_option("--judge-model", flags->judge.model, "mt-bench: the model that grades")
      ->type_name("MODEL");
  AddModelFlags(*command, flags->judge,
                {.prefix = kJudgePrefix,
                 .key_flag = "judge-key-env",
                 .whose = "the judge's",
                 .endpoint_more = "; default: --endpoint",
                 .max_tokens_more = "2048"});
  command->footer(
      "An interrupted run goes on where it stopped when the same command is given again.\n\n"
      "Examples:\n"
      "  routellm benchmark run gsm8k --model llama3 --endpoint http://localhost:8000/v1 --out "
      "bench --limit 100\n"
      "  routellm benchmark run mt-bench --model gpt-4o-mini --endpoint https://api.openai.com/v1 "
      "--api-key-env OPENAI_API_KEY --judge-model gpt-4o --price-input 0.15 --price-output 0.6 "
      "--judge-price-input 2.5 --judge-price-output 10 --max-usd 5 --out bench");
  command->callback([flags] { Run(*flags); });
}

}  // namespace routellm::cli
