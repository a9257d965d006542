#include <fmt/core.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>
#include <nlohmann/json.hpp>

#include "cli/choice.h"
#include "cli/commands.h"
#include "cli/export.h"
#include "cli/number_range.h"
#include "cli/training_report.h"
#include "config/evidence.h"
#include "data/replace_file.h"
#include "evidence/scoring_prompt.h"
#include "evidence/untrusted_text.h"
#include "text/utf8.h"
#include "training/graded_examples.h"
#include "training/query_split.h"

namespace routellm::cli {
namespace fs = std::filesystem;
namespace {

using training::Balance;
using training::GradedExample;
using Json = nlohmann::json;

constexpr std::size_t kMaxPromptBytes = 32 * 1024;  // as `route` and `serve` by default

struct ExportFlags {
  std::vector<fs::path> scores;
  data::DataPaths data;
  std::string strong_model;
  std::string weak_model;
  std::string out;
  std::string prompt_folder;
  Balance balance = Balance::kDownsample;
  double validation = 0.1;
  std::uint64_t seed = 1;
};

Result<std::vector<GradedExample>> LoadExamples(const ExportFlags& flags) {
  if (!flags.scores.empty()) return training::ReadGradedExamples(flags.scores, flags.weak_model);
  if (flags.strong_model.empty()) {
    return Fail(ErrorCode::kInvalidRequest,
                "--outcomes and --battles need --strong-model, against which the weak model is "
                "graded");
  }
  const auto dataset = LoadTrainingData(flags.data);
  if (!dataset) return tl::unexpected(dataset.error());
  return training::GradeExamples(*dataset, flags.strong_model, flags.weak_model);
}

// One line of the fine-tuning file: what the router will send, and what the model is to say.
std::string Line(const evidence::ScoringPrompt& prompt, const GradedExample& example,
                 bool weighted) {
  const auto message = [](const char* role, std::string content) {
    return Json{{"role", role}, {"content", std::move(content)}};
  };
  const std::string_view text = text::TruncateUtf8(example.prompt, kMaxPromptBytes);
  Json line = {
      {"messages", Json::array({message("system", prompt.system()),
                                message("user", prompt.User(evidence::NeutralizeTokens(text))),
                                message("assistant", fmt::format("[[{}]]", example.score))})}};
  if (weighted) line["weight"] = example.weight;
  return line.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + "\n";
}

void PrintCounts(const char* what, const std::vector<GradedExample>& examples) {
  fmt::print("{:<22} {:>8}", what, examples.size());
  for (const std::size_t count : training::CountScores(examples)) fmt::print(" {:>8}", count);
  fmt::print("\n");
}

Result<void> Export(const ExportFlags& flags) {
  if (flags.scores.empty() && flags.data.outcomes.empty() && flags.data.battles.empty()) {
    return Fail(ErrorCode::kInvalidRequest,
                "nothing to export: give --scores, or --outcomes and --battles");
  }
  config::ScoringModelConfig wording;
  wording.prompt_folder = flags.prompt_folder;
  const auto prompt = evidence::ScoringPrompt::Make(wording);
  if (!prompt) return tl::unexpected(prompt.error());
  const auto examples = LoadExamples(flags);
  if (!examples) return tl::unexpected(examples.error());
  const training::QuerySplit split{
      .validation = flags.validation, .held_out = 0.0, .seed = flags.seed};
  std::vector<GradedExample> training;
  std::vector<GradedExample> validation;
  data::DataQuery query;
  for (const GradedExample& example : *examples) {
    query.group = example.group;
    const bool kept_back = split.PartOf(query) == training::Part::kValidation;
    (kept_back ? validation : training).push_back(example);
  }
  if (training.empty()) {
    return Fail(ErrorCode::kInvalidData, "too little to train on: all " +
                                             std::to_string(examples->size()) +
                                             " examples are in the validation part");
  }
  fmt::print("{:<22} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}\n", "", "all", "[[1]]", "[[2]]", "[[3]]",
             "[[4]]", "[[5]]");
  PrintCounts("training, as it is", training);
  training = training::Balanced(std::move(training), flags.balance, flags.seed);
  PrintCounts("training, as written", training);
  PrintCounts("validation", validation);

  const fs::path folder = flags.out;
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return Fail(ErrorCode::kInvalidRequest, "--out: cannot write there", flags.out);
  for (const auto& [name, part] :
       {std::pair("train.jsonl", &training), std::pair("validation.jsonl", &validation)}) {
    std::string text;
    for (const GradedExample& example : *part) {
      text += Line(*prompt, example, part == &training && flags.balance == Balance::kWeights);
    }
    if (auto written = data::ReplaceFile(folder / name, text); !written) return written;
  }
  fmt::print("wrote {0}/train.jsonl and {0}/validation.jsonl\n", flags.out);
  return {};
}

}  // namespace

void AddExportCausalLlm(CLI::App& app) {
  const auto flags = std::make_shared<ExportFlags>();
  CLI::App* command = app.add_subcommand(
      "causal-llm", "Chats to fine-tune a language model on, which then scores for causal_llm");
  auto* scores = command
                     ->add_option("--scores", flags->scores,
                                  "Files of scores from 1 to 5, as `routellm label --kind scores` "
                                  "writes them (docs/formats/scores.md)")
                     ->type_name("FILE");
  command
      ->add_option("--outcomes", flags->data.outcomes,
                   "Folders or files with outcomes of both models instead: 5 - 4 (strong - weak), "
                   "or 5 where the weak model is as good")
      ->type_name("PATH")
      ->excludes(scores);
  command
      ->add_option("--battles", flags->data.battles,
                   "The same for battles between the two: by the weak model's share of wins, 5 "
                   "for all, 4 from a half on, 3 from a quarter on, else 2")
      ->type_name("PATH")
      ->excludes(scores);
  command->add_option("--strong-model", flags->strong_model, "Strong model, a name in the data")
      ->type_name("NAME");
  command->add_option("--weak-model", flags->weak_model, "Weak model, whose answers are graded")
      ->type_name("NAME")
      ->required();
  command->add_option("--out", flags->out, "Folder for train.jsonl and validation.jsonl")
      ->type_name("DIR")
      ->required();
  AddChoice(*command, "--balance", flags->balance,
            "Scores are seldom equally frequent. downsample: as many of each as of the "
            "rarest; weights: all, with a `weight` inverse to their share; none. The "
            "validation part stays as it is",
            {{"downsample", Balance::kDownsample},
             {"weights", Balance::kWeights},
             {"none", Balance::kNone}});
  command
      ->add_option("--prompt-folder", flags->prompt_folder,
                   "Folder with system_ft_v5.txt and classifier_ft_v5.txt, the wording of a "
                   "published checkpoint; default: the built-in wording of causal_llm")
      ->type_name("DIR");
  command->add_option("--validation", flags->validation, "Share of the queries that is kept back")
      ->check(Between(0.0, 0.9))
      ->capture_default_str();
  command->add_option("--seed", flags->seed, "Of that share and of what is left out")
      ->capture_default_str();
  command->footer(
      "Example:\n"
      "  routellm export causal-llm --scores labels/judged.scores.jsonl --weak-model gpt-4o-mini "
      "--out fine-tuning");
  command->callback([flags] {
    if (const auto ok = Export(*flags); !ok) Exit(ok.error());
  });
}

}  // namespace routellm::cli
