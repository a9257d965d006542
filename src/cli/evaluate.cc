#include "evaluation/evaluate.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "cli/commands.h"
#include "cli/evaluation_report.h"
#include "data/benchmark.h"
#include "data/score_file.h"
#include "evaluation/score_prompts.h"
#include "routing/registry.h"

namespace routellm::cli {
namespace fs = std::filesystem;
namespace {

using evaluation::Candidate;

constexpr std::string_view kRandom = "random";
constexpr std::string_view kLength = "length";
constexpr std::uint64_t kRandomRepetitions = 10;
constexpr std::size_t kMaxPromptBytes = 32 * 1024;  // as `route` and `serve` by default

struct EvaluateOptions {
  std::string benchmark;
  std::string data_folder;
  std::vector<std::string> routers;
  std::vector<std::string> scores;  // NAME=FILE
  std::string strong_model = "gpt-4-1106-preview";
  std::string weak_model = "mistralai/Mixtral-8x7B-Instruct-v0.1";
  std::size_t bins = 10;
  bool compat = false;
  bool json = false;
  bool verbose = false;
  std::string write_scores;  // folder
};

Result<fs::path> DataFolder(const EvaluateOptions& options) {
  if (!options.data_folder.empty()) return options.data_folder;
  if (const char* data = std::getenv("ROUTELLM_DATA"); data != nullptr && *data != '\0') {
    return fs::path(data) / "benchmarks";
  }
  return Fail(ErrorCode::kInvalidRequest,
              "where do the benchmarks lie? Give --data-dir, or set ROUTELLM_DATA");
}

Result<evaluation::PairOutcomes> Outcomes(const data::Benchmark& benchmark,
                                          const EvaluateOptions& options) {
  const auto strong = benchmark.Find(options.strong_model);
  if (!strong) return tl::unexpected(strong.error());
  const auto weak = benchmark.Find(options.weak_model);
  if (!weak) return tl::unexpected(weak.error());
  return evaluation::PairOutcomes{
      .weak = (*weak)->scores, .strong = (*strong)->scores, .scale = benchmark.scale};
}

Result<Candidate> ScoreRouter(const std::string& name, const data::Benchmark& benchmark) {
  const std::size_t count = benchmark.prompts.size();
  Candidate candidate{name, {}};
  if (name == kLength) {
    candidate.repetitions.push_back(evaluation::LengthScores(benchmark.prompts));
  } else if (name == kRandom) {
    for (std::uint64_t seed = 0; seed < kRandomRepetitions; ++seed) {
      candidate.repetitions.push_back(evaluation::RandomScores(seed, count));
    }
  } else {
    const auto router = routing::MakeRouter(name, {});
    if (!router) return tl::unexpected(router.error());
    auto scores = evaluation::ScorePrompts(**router, benchmark.prompts, kMaxPromptBytes);
    if (!scores) return tl::unexpected(scores.error());
    candidate.repetitions.push_back(std::move(*scores));
  }
  return candidate;
}

Result<Candidate> ReadCandidate(const std::string& argument, std::size_t count) {
  const std::size_t equals = argument.find('=');
  if (equals == 0 || equals == std::string::npos || equals + 1 == argument.size()) {
    return Fail(ErrorCode::kInvalidRequest,
                fmt::format("--scores {}: NAME=FILE was expected", argument));
  }
  return data::ReadScores(argument.substr(equals + 1), count).map([&](std::vector<double> scores) {
    return Candidate{argument.substr(0, equals), {std::move(scores)}};
  });
}

// Those of score files, the routers that are named, then `random` and `length` if not named.
Result<std::vector<Candidate>> Candidates(const data::Benchmark& benchmark,
                                          const EvaluateOptions& options) {
  std::vector<std::string> names = options.routers;
  for (const std::string_view always : {kRandom, kLength}) {
    if (std::find(names.begin(), names.end(), always) == names.end()) names.emplace_back(always);
  }
  std::vector<Candidate> candidates;
  const auto add = [&](Result<Candidate> candidate) -> Result<void> {
    if (!candidate) return tl::unexpected(std::move(candidate.error()));
    for (const Candidate& other : candidates) {
      if (other.name != candidate->name) continue;
      return Fail(ErrorCode::kInvalidRequest,
                  fmt::format("two routers are named '{}'", other.name));
    }
    candidates.push_back(std::move(*candidate));
    return {};
  };
  for (const std::string& argument : options.scores) {
    if (auto ok = add(ReadCandidate(argument, benchmark.prompts.size())); !ok) {
      return tl::unexpected(ok.error());
    }
  }
  for (const std::string& name : names) {
    if (auto ok = add(ScoreRouter(name, benchmark)); !ok) return tl::unexpected(ok.error());
  }
  return candidates;
}

// Of the routers that are not from score files; of `random` the first repetition.
Result<void> WriteScoreFiles(const std::vector<Candidate>& candidates,
                             const EvaluateOptions& options) {
  std::error_code error;
  const fs::path folder = options.write_scores;
  fs::create_directories(folder, error);
  if (error) {
    return Fail(ErrorCode::kIo, "cannot make a folder", folder.string() + ": " + error.message());
  }
  for (std::size_t i = options.scores.size(); i < candidates.size(); ++i) {
    const std::string name = fmt::format("{}.{}.scores.csv", options.benchmark, candidates[i].name);
    auto written = data::WriteScores(folder / name, candidates[i].repetitions.front());
    if (!written) return written;
  }
  return {};
}

Result<std::string> Evaluate(const EvaluateOptions& options) {
  const auto folder = DataFolder(options);
  if (!folder) return tl::unexpected(folder.error());
  const auto benchmark = data::LoadBenchmark(options.benchmark, *folder);
  if (!benchmark) return tl::unexpected(benchmark.error());
  const auto outcomes = Outcomes(*benchmark, options);
  if (!outcomes) return tl::unexpected(outcomes.error());
  const auto candidates = Candidates(*benchmark, options);
  if (!candidates) return tl::unexpected(candidates.error());
  if (!options.write_scores.empty()) {
    const auto written = WriteScoreFiles(*candidates, options);
    if (!written) return tl::unexpected(written.error());
  }
  const evaluation::EvaluateOptions how{
      .bins = options.bins,
      .rule = options.compat ? evaluation::CptRule::kInterp : evaluation::CptRule::kSmallestShare};
  const EvaluationReport report{.benchmark = *benchmark,
                                .strong_model = options.strong_model,
                                .weak_model = options.weak_model,
                                .options = how,
                                .evaluation = evaluation::Evaluate(*outcomes, *candidates, how)};
  return options.json ? ReportJson(report) : ReportText(report, options.verbose);
}

void Run(const EvaluateOptions& options) {
  const auto report = Evaluate(options);
  if (!report) Exit(report.error());
  fmt::print("{}", *report);
}

}  // namespace

void AddEvaluate(CLI::App& app) {
  auto* command = app.add_subcommand(
      "evaluate", "Compare routers on a benchmark: quality against strong calls");
  const auto options = std::make_shared<EvaluateOptions>();
  command->add_option("--benchmark", options->benchmark, "Benchmark to evaluate on")
      ->required()
      ->check(CLI::IsMember(data::BenchmarkNames()));
  command
      ->add_option("--data-dir", options->data_folder,
                   "Folder that holds mmlu, gsm8k and mt_bench; default: $ROUTELLM_DATA/benchmarks")
      ->type_name("DIR");
  command
      ->add_option("--routers", options->routers,
                   "Routers to evaluate; random and length are always shown")
      ->type_name("NAME");
  command
      ->add_option(
          "--scores", options->scores,
          "Scores of any other router: CSV `index,score`, an index for each prompt that is "
          "not contaminated, in the order of the files")
      ->type_name("NAME=FILE");
  command->add_option("--strong-model", options->strong_model, "Model of the benchmark")
      ->capture_default_str();
  command->add_option("--weak-model", options->weak_model, "Model of the benchmark")
      ->capture_default_str();
  command->add_option("--bins", options->bins, "Thresholds divide the prompts into as many bins")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command->add_flag("--compat", options->compat,
                    "CPT as numpy.interp gives it, like the Python package");
  command->add_flag("--json", options->json, "Print everything as one JSON object");
  command->add_flag("--verbose", options->verbose, "Print a row for each threshold");
  command
      ->add_option("--write-scores", options->write_scores,
                   "Write the scores of the routers that are evaluated to "
                   "DIR/BENCHMARK.ROUTER.scores.csv")
      ->type_name("DIR");
  command->footer(
      "Examples:\n"
      "  routellm evaluate --benchmark mmlu --data-dir data/benchmarks --routers mf\n"
      "  routellm evaluate --benchmark gsm8k --scores mine=scores.csv --verbose");
  command->callback([options] { Run(*options); });
}

}  // namespace routellm::cli
