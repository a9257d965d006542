#include <fmt/core.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>

#include "cli/choice.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/model_flags.h"
#include "cli/run_display.h"
#include "data/prompt_file.h"
#include "labelling/label_run.h"

namespace routellm::cli {
namespace {

using labelling::LabelKind;
using labelling::LabelOptions;
using labelling::LabelReport;

constexpr int kAnswerTokens = 1024;
constexpr int kJudgeTokens = 1024;

struct LabelFlags {
  std::string input;
  std::string column = "prompt";
  std::vector<std::string> answers;
  std::string out;
  std::string source = "judged";
  LabelKind kind = LabelKind::kBattles;
  std::string endpoint;
  std::string key_variable;
  ModelFlags strong;
  ModelFlags weak;
  ModelFlags judge;
  std::string strong_name;
  std::string weak_name;
  RunLimits limits;
};

// A model without an address is one whose answers are all given.
Result<labelling::LabelModel> Model(ModelFlags flags, const LabelFlags& all, std::string name,
                                    int max_tokens, const std::string& prefix) {
  if (flags.endpoint.empty()) {
    flags.endpoint = all.endpoint;
    if (flags.key_variable.empty()) flags.key_variable = all.key_variable;
  }
  labelling::LabelModel model{.name = name.empty() ? flags.model : std::move(name)};
  if (flags.endpoint.empty()) return model;
  if (auto ok = CheckPrices(flags, all.limits.max_usd.has_value(), prefix); !ok)
    return tl::unexpected(ok.error());
  auto server = MakeServer(flags, all.limits.timeout_s);
  if (!server) return tl::unexpected(server.error());
  model.server = *std::move(server);
  auto settings = MakeSettings(flags, max_tokens, prefix);
  if (!settings) return tl::unexpected(settings.error());
  model.settings = *std::move(settings);
  return model;
}

Result<LabelOptions> Options(const LabelFlags& flags) {
  LabelOptions options{.kind = flags.kind,
                       .prompts = {},
                       .strong = {},
                       .weak = {},
                       .judge = {},
                       .out = flags.out,
                       .source = flags.source,
                       .limit = flags.limits.most,
                       .max_usd = flags.limits.max_usd};
  auto strong = Model(flags.strong, flags, flags.strong_name, kAnswerTokens, "strong-");
  if (!strong) return tl::unexpected(strong.error());
  options.strong = *std::move(strong);
  auto weak = Model(flags.weak, flags, flags.weak_name, kAnswerTokens, "weak-");
  if (!weak) return tl::unexpected(weak.error());
  options.weak = *std::move(weak);
  auto judge = Model(flags.judge, flags, "", kJudgeTokens, "judge-");
  if (!judge) return tl::unexpected(judge.error());
  options.judge = *std::move(judge);
  if (options.judge.server.url.empty()) {
    return Fail(ErrorCode::kInvalidRequest,
                "where does the judge answer? give --judge-endpoint, or --endpoint");
  }
  for (const std::string& file : flags.answers) {
    if (auto read = options.answers.Read(file); !read) return tl::unexpected(read.error());
  }
  auto prompts = data::LoadPrompts(flags.input, flags.column);
  if (!prompts) return tl::unexpected(prompts.error());
  options.prompts = *std::move(prompts);
  return options;
}

void PrintReport(const LabelOptions& options, const LabelReport& report) {
  fmt::print("labelled {} of {} prompts\n", report.labelled, report.prompts);
  const auto share = [&](std::size_t count) {
    return fmt::format("{} ({:.1f} %)", count,
                       100.0 * static_cast<double>(count) / static_cast<double>(report.labelled));
  };
  if (options.kind == LabelKind::kBattles) {
    const std::size_t ties = report.labelled - report.strong - report.weak;
    fmt::print(
        "  {} better: {}\n  {} better: {}\n  ties: {}, of which the two orders disagree: "
        "{}\n",
        options.strong.name, share(report.strong), options.weak.name, share(report.weak),
        share(ties), share(report.disagreed));
  } else {
    for (std::size_t i = 0; i < report.scores.size(); ++i)
      fmt::print("  score {}: {}\n", i + 1, share(report.scores[i]));
  }
  if (report.unread > 0) {
    fmt::print("  {} judgements had no verdict that could be read and were asked for again\n",
               report.unread);
  }
  fmt::print("wrote {}\n", report.file.string());
}

void Label(const LabelFlags& flags) {
  const auto options = Options(flags);
  if (!options) Exit(options.error());
  const InterruptGuard guard;
  const auto run = labelling::LabelRun::Prepare(*options);
  if (!run) Exit(run.error());
  {
    const RunDisplay display((*run)->state(), flags.judge.price_input.has_value());
    (*run)->Work(flags.limits.concurrency);
  }
  const benchmark_run::RunProgress progress = (*run)->state().Progress();
  ExitIfStopped(progress, (*run)->journals().string());
  const auto report = (*run)->Finish();
  if (!report) Exit(report.error());
  PrintReport(*options, *report);
  ExitUnlessComplete(progress);
}

void AddOneModel(CLI::App& command, ModelFlags& flags, const std::string& who,
                 const std::string& help, int max_tokens) {
  command.add_option("--" + who + "-model", flags.model, help)->type_name("MODEL")->required();
  AddModelFlags(command, flags,
                {.prefix = who + "-",
                 .key_flag = who + "-key-env",
                 .whose = "its",
                 .endpoint_more = "; default: --endpoint",
                 .max_tokens_more = std::to_string(max_tokens)});
}

void AddModels(CLI::App& command, LabelFlags& flags) {
  command
      .add_option("--endpoint", flags.endpoint,
                  "Base URL of the server of all models that have none of their own")
      ->type_name("URL");
  command
      .add_option("--api-key-env", flags.key_variable,
                  "Environment variable with its key; without it, no key is sent")
      ->type_name("NAME");
  AddOneModel(command, flags.strong, "strong", "The strong model, by its server's name for it",
              kAnswerTokens);
  AddOneModel(command, flags.weak, "weak", "The weak model", kAnswerTokens);
  AddOneModel(command, flags.judge, "judge", "The model that judges; best one of neither's family",
              kJudgeTokens);
  command
      .add_option("--strong-name", flags.strong_name,
                  "Its name in the labels and in --answers; default: --strong-model")
      ->type_name("NAME");
  command
      .add_option("--weak-name", flags.weak_name,
                  "Its name in the labels and in --answers; default: --weak-model")
      ->type_name("NAME");
}

}  // namespace

void AddLabel(CLI::App& app) {
  const auto flags = std::make_shared<LabelFlags>();
  CLI::App* command = app.add_subcommand(
      "label", "Make labels to train on: a language model judges the answers of two models");
  command
      ->add_option("--input", flags->input,
                   "Prompts: lines, JSON Lines, CSV, queries or battles, also compressed")
      ->type_name("FILE")
      ->required();
  command
      ->add_option("--column", flags->column,
                   "Column of CSV, or key of JSON Lines, that holds the prompts")
      ->capture_default_str();
  AddChoice(*command, "--kind", flags->kind,
            "battles: which answer is better, judged in both orders; scores: how good the "
            "weak model's is, from 1 to 5, against the strong model's",
            {{"battles", LabelKind::kBattles}, {"scores", LabelKind::kScores}});
  command->add_option("--out", flags->out, "Folder for the labels and, in runs, for the journals")
      ->type_name("DIR")
      ->required();
  command
      ->add_option("--source", flags->source,
                   "Beginning of the labels' file name, which training takes for their source")
      ->capture_default_str();
  command
      ->add_option("--answers", flags->answers,
                   "Answers that are there already: JSON Lines with `model`, `answer`, and "
                   "`prompt` or the prompt's `id`; only missing ones are asked for")
      ->type_name("FILE");
  AddModels(*command, *flags);
  AddRunLimits(*command, flags->limits, "Label only N prompts");
  command->footer(
      "An interrupted run goes on where it stopped when the same command is given again.\n\n"
      "Example:\n"
      "  routellm label --input prompts.jsonl --strong-model gpt-4o --weak-model gpt-4o-mini \\\n"
      "    --judge-model gpt-4.1 --endpoint https://api.openai.com/v1 --api-key-env "
      "OPENAI_API_KEY \\\n"
      "    --strong-price-input 2.5 --strong-price-output 10 --weak-price-input 0.15 "
      "--weak-price-output 0.6 \\\n"
      "    --judge-price-input 2 --judge-price-output 8 --max-usd 20 --out labels\n"
      "  routellm train mf-embedding --battles labels --strong-model gpt-4o --weak-model "
      "gpt-4o-mini --out mf.safetensors");
  command->callback([flags] { Label(*flags); });
}

}  // namespace routellm::cli
