#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/benchmark_folder.h"
#include "cli/commands.h"
#include "cli/contamination_report.h"
#include "cli/embedder_flags.h"
#include "cli/number_range.h"
#include "cli/step_progress.h"
#include "contamination/cosine.h"
#include "contamination/find_matches.h"
#include "data/benchmark.h"
#include "data/prompt_file.h"
#include "data/replace_file.h"
#include "embedding/embed_all.h"
#include "embedding/vector_file.h"

namespace routellm::cli {
namespace fs = std::filesystem;
namespace {

struct ContaminationFlags {
  std::vector<std::string> train;
  std::string eval;
  std::string data_folder;
  std::string column = "prompt";
  contamination::MatchOptions options;
  EmbedderFlags embedder{.embedder = "hashed"};  // or none
  std::string train_vectors;                     // files
  std::string eval_vectors;
  std::string out;
  std::size_t top = 20;
  bool json = false;
  bool fail_if_found = false;
};

Result<void> AddFile(const fs::path& file, const std::string& column,
                     std::vector<SourcedPrompt>& prompts) {
  auto loaded = data::LoadPrompts(file, column);
  if (!loaded) return tl::unexpected(loaded.error());
  const std::string source = file.filename().string();
  for (data::Prompt& prompt : *loaded) {
    prompts.push_back({source, std::move(prompt.id), prompts.size(), std::move(prompt.text)});
  }
  return {};
}

struct TrainingPrompts {
  std::vector<std::string> files;
  std::vector<SourcedPrompt> prompts;
};

// Each file once, in the order of the flags.
Result<TrainingPrompts> LoadTraining(const ContaminationFlags& flags) {
  TrainingPrompts training;
  std::set<fs::path> seen;
  for (const std::string& path : flags.train) {
    const auto files = data::FindPromptFiles(path);
    if (!files) return tl::unexpected(files.error());
    for (const fs::path& file : *files) {
      std::error_code error;
      if (!seen.insert(fs::weakly_canonical(file, error)).second) continue;
      training.files.push_back(file.string());
      if (auto ok = AddFile(file, flags.column, training.prompts); !ok) {
        return tl::unexpected(ok.error());
      }
    }
  }
  if (!training.prompts.empty()) return training;
  return Fail(ErrorCode::kInvalidData, "--train: there are no prompts in these files");
}

// All prompts, those known as contaminated as well; of MT Bench all first turns, then all second.
Result<std::vector<SourcedPrompt>> LoadBenchmarkPrompts(const ContaminationFlags& flags) {
  const auto folder = BenchmarkFolder(flags.data_folder);
  if (!folder) return tl::unexpected(folder.error());
  auto benchmark = data::LoadBenchmark(flags.eval, *folder, {.own_list = false, .more_lists = {}});
  if (!benchmark) return tl::unexpected(benchmark.error());
  std::vector<SourcedPrompt> prompts;
  const bool turns = !benchmark->second_turns.empty();
  const auto add = [&](std::vector<std::string>& texts, std::string_view suffix) {
    for (std::size_t i = 0; i < texts.size(); ++i) {
      prompts.push_back({flags.eval, fmt::format("{}{}", i, suffix), i, std::move(texts[i])});
    }
  };
  add(benchmark->prompts, turns ? " turn 1" : "");
  add(benchmark->second_turns, " turn 2");
  return prompts;
}

Result<std::vector<SourcedPrompt>> LoadEvaluation(const ContaminationFlags& flags) {
  const auto names = data::BenchmarkNames();
  if (std::find(names.begin(), names.end(), flags.eval) != names.end()) {
    return LoadBenchmarkPrompts(flags);
  }
  std::vector<SourcedPrompt> prompts;
  if (auto ok = AddFile(flags.eval, flags.column, prompts); !ok) {
    if (ok.error().code == ErrorCode::kIo && !fs::exists(flags.eval)) {
      return Fail(ErrorCode::kInvalidRequest,
                  fmt::format("--eval {}: neither mmlu, gsm8k or mt-bench nor a file", flags.eval));
    }
    return tl::unexpected(ok.error());
  }
  if (!prompts.empty()) return prompts;
  return Fail(ErrorCode::kInvalidData, "--eval: there are no prompts in this file", flags.eval);
}

std::vector<std::string_view> Texts(const std::vector<SourcedPrompt>& prompts) {
  std::vector<std::string_view> texts;
  texts.reserve(prompts.size());
  for (const SourcedPrompt& prompt : prompts) texts.emplace_back(prompt.text);
  return texts;
}

Result<embedding::Matrix> ReadVectors(const std::string& file, std::size_t prompts) {
  auto vectors = embedding::LoadVectors(file);
  if (!vectors) return vectors;
  if (vectors->rows != prompts) {
    return Fail(ErrorCode::kInvalidData, fmt::format("{}: {} vectors where there are {} prompts",
                                                     file, vectors->rows, prompts));
  }
  contamination::ScaleRows(*vectors);
  return vectors;
}

Result<contamination::Vectors> ReadVectorFiles(const ContaminationFlags& flags, std::size_t train,
                                               std::size_t eval) {
  auto of_train = ReadVectors(flags.train_vectors, train);
  if (!of_train) return tl::unexpected(of_train.error());
  auto of_eval = ReadVectors(flags.eval_vectors, eval);
  if (!of_eval) return tl::unexpected(of_eval.error());
  if (of_train->columns != of_eval->columns) {
    return Fail(ErrorCode::kInvalidData,
                fmt::format("{} has vectors of {} numbers, {} of {}", flags.train_vectors,
                            of_train->columns, flags.eval_vectors, of_eval->columns));
  }
  return contamination::Vectors{*std::move(of_train), *std::move(of_eval)};
}

Result<embedding::Matrix> EmbedScaled(const embedding::Embedder& embedder,
                                      const std::vector<std::string_view>& texts,
                                      const contamination::Progress& progress) {
  auto vectors = embedding::EmbedAll(
      embedder, texts, [&](std::size_t done) { progress("embedding", done, texts.size()); });
  if (vectors) contamination::ScaleRows(*vectors);
  return vectors;
}

struct NamedVectors {
  std::string name;
  contamination::Vectors vectors;
};

// Nothing if no cosines are wanted.
Result<std::optional<NamedVectors>> MakeVectors(const ContaminationFlags& flags,
                                                const std::vector<std::string_view>& train,
                                                const std::vector<std::string_view>& eval,
                                                const contamination::Progress& progress) {
  if (!flags.train_vectors.empty()) {
    auto vectors = ReadVectorFiles(flags, train.size(), eval.size());
    if (!vectors) return tl::unexpected(vectors.error());
    return NamedVectors{fmt::format("the vectors in {}", flags.train_vectors), *std::move(vectors)};
  }
  if (flags.embedder.embedder == "none") return std::nullopt;
  const auto embedder = MakeEmbedder(flags.embedder);
  if (!embedder) return tl::unexpected(embedder.error());
  auto of_train = EmbedScaled(**embedder, train, progress);
  if (!of_train) return tl::unexpected(of_train.error());
  auto of_eval = EmbedScaled(**embedder, eval, progress);
  if (!of_eval) return tl::unexpected(of_eval.error());
  const auto& identity = (*embedder)->identity();
  return NamedVectors{fmt::format("{} vectors (revision {}, {} dimensions)", identity.name,
                                  identity.revision, identity.dimension),
                      {*std::move(of_train), *std::move(of_eval)}};
}

// Whether anything was found.
Result<bool> Check(const ContaminationFlags& flags) {
  const auto training = LoadTraining(flags);
  if (!training) return tl::unexpected(training.error());
  const auto eval = LoadEvaluation(flags);
  if (!eval) return tl::unexpected(eval.error());
  const auto train_texts = Texts(training->prompts);
  const auto eval_texts = Texts(*eval);
  StepProgress shown;
  const contamination::Progress progress = std::ref(shown);
  const auto vectors = MakeVectors(flags, train_texts, eval_texts, progress);
  if (!vectors) return tl::unexpected(vectors.error());
  const auto matches = contamination::FindMatches(
      train_texts, eval_texts, *vectors ? &(*vectors)->vectors : nullptr, flags.options, progress);
  const ContaminationReport report{.train_files = training->files,
                                   .eval_name = flags.eval,
                                   .train = training->prompts,
                                   .eval = *eval,
                                   .options = flags.options,
                                   .vectors = *vectors ? (*vectors)->name : "",
                                   .matches = matches};
  if (!flags.out.empty()) {
    const auto written = data::ReplaceFile(flags.out, ExclusionList(report));
    if (!written) return tl::unexpected(written.error());
  }
  fmt::print("{}", flags.json ? ContaminationJson(report) : ContaminationText(report, flags.top));
  return !matches.empty();
}

void Run(const ContaminationFlags& flags) {
  const auto found = Check(flags);
  if (!found) Exit(found.error());
  if (*found && flags.fail_if_found) throw CLI::RuntimeError(kExitFound);
}

void AddThresholds(CLI::App& command, ContaminationFlags& flags) {
  command
      .add_option("--run-words", flags.options.run_words,
                  "Length of the runs of words that overlap counts; shorter prompts have none")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command
      .add_option("--overlap", flags.options.overlap,
                  "A match from this share of common runs on, relative to the shorter text")
      ->check(Between(0.01, 1.0))
      ->capture_default_str();
  command.add_option("--cosine", flags.options.cosine, "A match from this cosine on")
      ->check(Between(0.01, 1.0))
      ->capture_default_str();
  auto* embedder =
      AddEmbedderOptions(command, flags.embedder, "What makes the vectors", /*none=*/true)
          ->capture_default_str();
  auto* train_vectors =
      command
          .add_option("--train-vectors", flags.train_vectors,
                      "Vectors of your own, .npy or .safetensors: a row for each training prompt, "
                      "in the order of the files")
          ->type_name("FILE")
          ->excludes(embedder);
  auto* eval_vectors = command
                           .add_option("--eval-vectors", flags.eval_vectors,
                                       "The same for the evaluation prompts; of mt-bench all first "
                                       "turns, then all second turns")
                           ->type_name("FILE")
                           ->needs(train_vectors);
  train_vectors->needs(eval_vectors);
}

}  // namespace

void AddContamination(CLI::App& app) {
  auto* command =
      app.add_subcommand("contamination", "Find evaluation prompts that occur in training data");
  const auto flags = std::make_shared<ContaminationFlags>();
  command
      ->add_option("--train", flags->train,
                   "Training prompts: queries, battles, or any file of prompts (lines, JSON Lines, "
                   "CSV); or a folder of queries and battles")
      ->required()
      ->type_name("PATH");
  command->add_option("--eval", flags->eval, "mmlu, gsm8k, mt-bench, or any file of prompts")
      ->required()
      ->type_name("NAME|FILE");
  command->add_option("--data-dir", flags->data_folder, kBenchmarkFolderHelp)->type_name("DIR");
  command
      ->add_option("--column", flags->column,
                   "Column of CSV, or key of JSON Lines, that holds the prompts")
      ->capture_default_str();
  AddThresholds(*command, *flags);
  command
      ->add_option("--out", flags->out,
                   "Write the exclusion list: a JSON line for each evaluation prompt that is found")
      ->type_name("FILE");
  command->add_option("--top", flags->top, "How many matches to show")->capture_default_str();
  command->add_flag("--json", flags->json, "Print everything as one JSON object");
  command->add_flag("--fail-if-found", flags->fail_if_found, "Leave with status 3 if any is found");
  command->footer(
      "Examples:\n"
      "  routellm contamination --train data/outcomes --train data/preferences --eval mmlu --out "
      "mmlu.jsonl\n"
      "  routellm contamination --train prompts.jsonl --eval my-test.csv --column question "
      "--fail-if-found");
  command->callback([flags] { Run(*flags); });
}

}  // namespace routellm::cli
