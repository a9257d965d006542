#include "evaluation/evaluate.h"

#include <fmt/core.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "cli/benchmark_folder.h"
#include "cli/candidates.h"
#include "cli/commands.h"
#include "cli/named_value.h"
#include "cli/price_list.h"
#include "data/benchmark.h"
#include "data/dataset.h"
#include "data/score_file.h"
#include "evaluation/evaluation_set.h"
#include "evaluation/pairs.h"
#include "evaluation/report.h"

namespace routellm::cli {
namespace fs = std::filesystem;
namespace {

using evaluation::Candidate;
using evaluation::EvaluationSet;

constexpr std::size_t kResamples = 1000;
constexpr std::size_t kPairResamples = 200;  // of each pair, of which there may be thousands

struct EvaluateFlags {
  std::string benchmark;
  std::string data_folder;
  std::vector<std::string> exclude;
  bool include_contaminated = false;
  std::vector<fs::path> dataset;
  std::string format;
  CandidateSources candidates;
  std::string strong_model;
  std::string weak_model;
  std::string pairs;
  std::size_t min_queries = 100;
  std::string prices;
  std::vector<std::string> price;
  std::vector<std::string> threshold_for;
  std::size_t bins = 10;
  std::optional<std::size_t> resamples;
  bool compat = false;
  bool json = false;
  bool verbose = false;
  std::string output;
  std::string write_scores;
};

Result<EvaluationSet> LoadBenchmark(const EvaluateFlags& flags) {
  const auto folder = BenchmarkFolder(flags.data_folder);
  if (!folder) return tl::unexpected(folder.error());
  const data::Exclusions exclusions{.own_list = !flags.include_contaminated,
                                    .more_lists = {flags.exclude.begin(), flags.exclude.end()}};
  return data::LoadBenchmark(flags.benchmark, *folder, exclusions)
      .map([](data::Benchmark&& benchmark) {
        return EvaluationSet::FromBenchmark(std::move(benchmark));
      });
}

Result<EvaluationSet> LoadDataset(const EvaluateFlags& flags) {
  const bool battles = flags.format == "battles";
  auto dataset = battles ? data::LoadDataset({.outcomes = {}, .battles = flags.dataset})
                         : data::LoadDataset({.outcomes = flags.dataset, .battles = {}});
  if (!dataset) return tl::unexpected(dataset.error());
  std::string name = flags.dataset.front().string();
  if (flags.dataset.size() > 1) name += fmt::format(" and {} more", flags.dataset.size() - 1);
  return battles ? EvaluationSet::FromBattles(*std::move(dataset), std::move(name))
                 : EvaluationSet::FromOutcomes(*std::move(dataset), std::move(name));
}

// Of `random`, the first repetition. Score files of others are not written again.
Result<void> WriteScoreFiles(const std::vector<Candidate>& candidates, const EvaluateFlags& flags) {
  if (flags.write_scores.empty()) return {};
  std::error_code error;
  const fs::path folder = flags.write_scores;
  fs::create_directories(folder, error);
  if (error) {
    return Fail(ErrorCode::kIo, "cannot make a folder", folder.string() + ": " + error.message());
  }
  const std::string set = flags.benchmark.empty() ? "dataset" : flags.benchmark;
  for (std::size_t i = flags.candidates.scores.size(); i < candidates.size(); ++i) {
    const fs::path file = folder / fmt::format("{}.{}.scores.csv", set, candidates[i].name);
    if (auto ok = data::WriteScores(file, candidates[i].repetitions.front()); !ok) return ok;
  }
  return {};
}

// The pair that the flags name; else that of the benchmark's paper, or the only one of a data set.
Result<EvaluationSet::Names> ChoosePair(const EvaluationSet& set, const EvaluateFlags& flags) {
  if (!flags.benchmark.empty()) {
    return EvaluationSet::Names{
        flags.strong_model.empty() ? "gpt-4-1106-preview" : flags.strong_model,
        flags.weak_model.empty() ? "mistralai/Mixtral-8x7B-Instruct-v0.1" : flags.weak_model};
  }
  if (!flags.strong_model.empty() && !flags.weak_model.empty()) {
    return EvaluationSet::Names{flags.strong_model, flags.weak_model};
  }
  auto pairs = set.models().size() == 2 ? set.Pairs(1) : std::vector<EvaluationSet::Names>{};
  if (pairs.size() == 1) return std::move(pairs.front());
  return Fail(ErrorCode::kInvalidRequest,
              fmt::format("which models? Give --strong-model and --weak-model, or --pairs all; {} "
                          "has: {}",
                          set.name(), set.ModelList()));
}

// None unless the price of both models is known.
Result<std::optional<evaluation::PairPrices>> Prices(const EvaluationSet::Names& models,
                                                     const EvaluateFlags& flags) {
  PriceList list;
  if (!flags.prices.empty()) {
    if (auto ok = list.Read(flags.prices); !ok) return tl::unexpected(ok.error());
  }
  for (const std::string& price : flags.price) {
    if (auto ok = list.Set(price); !ok) return tl::unexpected(ok.error());
  }
  const auto weak = list.Find(models.weak);
  const auto strong = list.Find(models.strong);
  if (!weak || !strong) return std::nullopt;
  return evaluation::PairPrices{.weak = *weak, .strong = *strong};
}

Result<std::vector<evaluation::OperatingPoint>> OperatingPoints(
    const evaluation::PairOutcomes& outcomes, const std::vector<Candidate>& candidates,
    const EvaluateFlags& flags, const evaluation::EvaluateOptions& options) {
  std::vector<evaluation::OperatingPoint> points;
  for (const std::string& argument : flags.threshold_for) {
    const auto named = ParseNamedNumber("--threshold-for", "NAME=THRESHOLD", argument);
    if (!named) return tl::unexpected(named.error());
    const auto candidate =
        std::find_if(candidates.begin(), candidates.end(),
                     [&](const Candidate& other) { return other.name == named->name; });
    if (candidate == candidates.end()) {
      return Fail(ErrorCode::kInvalidRequest,
                  fmt::format("--threshold-for {}: there is no router '{}' in this evaluation",
                              argument, named->name));
    }
    points.push_back(evaluation::Operate(outcomes, *candidate, named->value, options));
  }
  return points;
}

evaluation::EvaluateOptions HowToEvaluate(const EvaluateFlags& flags, std::size_t resamples) {
  return {.bins = flags.bins,
          .rule = flags.compat ? evaluation::CptRule::kInterp : evaluation::CptRule::kSmallestShare,
          .prices = {},
          .bootstrap = {.resamples = flags.resamples.value_or(resamples)}};
}

Result<std::string> EvaluatePair(const EvaluationSet& set, const std::vector<Candidate>& all,
                                 const EvaluateFlags& flags) {
  auto models = ChoosePair(set, flags);
  if (!models) return tl::unexpected(models.error());
  const auto prices = Prices(*models, flags);
  if (!prices) return tl::unexpected(prices.error());
  const auto material = set.Pair(models->strong, models->weak);
  if (!material) return tl::unexpected(material.error());
  const std::vector<Candidate> candidates = evaluation::Select(all, material->queries);
  evaluation::EvaluateOptions options = HowToEvaluate(flags, kResamples);
  options.prices = prices->value_or(evaluation::PairPrices{});
  auto points = OperatingPoints(material->outcomes, candidates, flags, options);
  if (!points) return tl::unexpected(points.error());
  const evaluation::Report report{
      .name = set.name(),
      .unit = set.unit(),
      .queries = material->queries.size(),
      .contaminated = set.contaminated(),
      .models = *std::move(models),
      .prices = *prices,
      .options = options,
      .evaluation = evaluation::Evaluate(material->outcomes, candidates, options),
      .operating_points = *std::move(points)};
  if (const auto& quality = report.evaluation.pair; quality.strong < quality.weak) {
    fmt::print(stderr,
               "routellm: warning: {} is the better model here: are the names the right way round? "
               "There is no gap to recover\n",
               report.models.weak);
  }
  if (!flags.output.empty()) {
    const auto written = evaluation::WriteReport(report, flags.output);
    if (!written) return tl::unexpected(written.error());
  }
  return flags.json ? ReportJson(report) : ReportText(report, flags.verbose);
}

std::string EvaluateAllPairs(const EvaluationSet& set, const std::vector<Candidate>& candidates,
                             const EvaluateFlags& flags) {
  evaluation::PairsReport report{
      .name = set.name(),
      .min_queries = flags.min_queries,
      .routers = {},
      .evaluation = evaluation::EvaluatePairs(set, candidates, flags.min_queries,
                                              HowToEvaluate(flags, kPairResamples))};
  for (const Candidate& candidate : candidates) report.routers.push_back(candidate.name);
  return flags.json ? ReportJson(report) : ReportText(report);
}

Result<std::string> Evaluate(const EvaluateFlags& flags) {
  const auto set = flags.benchmark.empty() ? LoadDataset(flags) : LoadBenchmark(flags);
  if (!set) return tl::unexpected(set.error());
  const auto candidates = MakeCandidates(flags.candidates, set->prompts());
  if (!candidates) return tl::unexpected(candidates.error());
  auto report = flags.pairs.empty()
                    ? EvaluatePair(*set, *candidates, flags)
                    : Result<std::string>(EvaluateAllPairs(*set, *candidates, flags));
  if (!report) return report;
  if (auto ok = WriteScoreFiles(*candidates, flags); !ok) return tl::unexpected(ok.error());
  return report;
}

void Run(const EvaluateFlags& flags) {
  if (flags.benchmark.empty() == flags.dataset.empty()) {
    Exit({ErrorCode::kInvalidRequest, "evaluate on what? Give --benchmark or --dataset", ""});
  }
  const auto report = Evaluate(flags);
  if (!report) Exit(report.error());
  fmt::print("{}", *report);
  if (!flags.output.empty()) {
    fmt::print(stderr, "wrote {0}/report.html, {0}/curves.svg, {0}/curves.png\n", flags.output);
  }
}

void AddMaterialOptions(CLI::App& command, EvaluateFlags& flags) {
  auto* benchmark = command.add_option("--benchmark", flags.benchmark, "Benchmark to evaluate on")
                        ->check(CLI::IsMember(data::BenchmarkNames()));
  command.add_option("--data-dir", flags.data_folder, kBenchmarkFolderHelp)
      ->type_name("DIR")
      ->needs(benchmark);
  command
      .add_option("--exclude", flags.exclude,
                  "Leave out what these lists name too (docs/guides/contamination.md)")
      ->type_name("FILE")
      ->needs(benchmark);
  command
      .add_flag("--include-contaminated", flags.include_contaminated,
                "Keep the prompts that the benchmark's own list names")
      ->needs(benchmark);
  auto* dataset = command
                      .add_option("--dataset", flags.dataset,
                                  "Your own data to evaluate on: files or folders (docs/formats)")
                      ->type_name("PATH")
                      ->excludes(benchmark);
  command.add_option("--format", flags.format, "What --dataset holds; default: outcomes")
      ->check(CLI::IsMember({"outcomes", "battles"}))
      ->needs(dataset);
  auto* strong = command.add_option("--strong-model", flags.strong_model,
                                    "A model of the data; default: of the paper's pair");
  auto* weak = command.add_option("--weak-model", flags.weak_model, "Another one");
  auto* pairs =
      command.add_option("--pairs", flags.pairs, "'all': a table over every pair of models")
          ->check(CLI::IsMember({"all"}))
          ->excludes(strong)
          ->excludes(weak);
  command
      .add_option("--min-queries", flags.min_queries,
                  "Only pairs that as many queries have both models of")
      ->check(CLI::PositiveNumber)
      ->needs(pairs)
      ->capture_default_str();
}

void AddRouterOptions(CLI::App& command, EvaluateFlags& flags) {
  command
      .add_option("--routers", flags.candidates.routers,
                  "Routers to evaluate: names, or NAME=PATH for a checkpoint of mf (a file) or "
                  "bert (a folder); random and "
                  "length are always shown")
      ->type_name("NAME[=FILE]");
  command
      .add_option("--config", flags.candidates.config,
                  "Configuration whose routers may be named in --routers")
      ->type_name("FILE");
  AddEmbedderOptions(command, flags.candidates.embedder,
                     "What embeds the prompts for routers that score embeddings and name none");
  command
      .add_option("--scores", flags.candidates.scores,
                  "Scores of any other router: CSV `index,score`, an index for each prompt that is "
                  "not left out, in the order of the files")
      ->type_name("NAME=FILE");
  command
      .add_option("--threshold-for", flags.threshold_for,
                  "Show what a router does at this threshold")
      ->type_name("NAME=THRESHOLD");
  command
      .add_option("--write-scores", flags.write_scores,
                  "Write the scores of the routers that are evaluated to "
                  "DIR/BENCHMARK.ROUTER.scores.csv")
      ->type_name("DIR");
}

void AddMeasureOptions(CLI::App& command, EvaluateFlags& flags) {
  command
      .add_option("--price", flags.price,
                  "US dollars per million tokens of a model; of the paper's pair known")
      ->type_name("MODEL=USD");
  command.add_option("--prices", flags.prices, "YAML map from model to such a price")
      ->type_name("FILE");
  command.add_option("--bins", flags.bins, "Thresholds divide the prompts into as many bins")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command
      .add_option("--resamples", flags.resamples,
                  "Bootstrap resamples for intervals; default: 1000, with --pairs 200")
      ->check(CLI::Range(1, 1000000));
  command.add_flag("--compat", flags.compat,
                   "CPT as numpy.interp gives it, like the Python package");
  command.add_flag("--verbose", flags.verbose, "Print a row for each threshold");
  command.add_flag("--json", flags.json, "Print everything as one JSON object");
  command
      .add_option("--output", flags.output,
                  "Write report.html, curves.svg, curves.png and evaluation.json there")
      ->type_name("DIR")
      ->excludes("--pairs");
}

}  // namespace

void AddEvaluate(CLI::App& app) {
  auto* command = app.add_subcommand(
      "evaluate", "Compare routers on a benchmark or on your data: quality against strong calls");
  const auto flags = std::make_shared<EvaluateFlags>();
  AddMaterialOptions(*command, *flags);
  AddRouterOptions(*command, *flags);
  AddMeasureOptions(*command, *flags);
  command->footer(
      "Examples:\n"
      "  routellm evaluate --benchmark mmlu --data-dir data/benchmarks --routers mf --output out\n"
      "  routellm evaluate --benchmark gsm8k --scores mine=scores.csv --verbose\n"
      "  routellm evaluate --dataset exam.outcomes.csv --routers mf mine=my.safetensors --pairs "
      "all");
  command->callback([flags] { Run(*flags); });
}

}  // namespace routellm::cli
