#include "cli/pair_training.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "text/utf8.h"

namespace routellm::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMaxPromptBytes = 32 * 1024;  // as `route` and `serve` by default

}  // namespace

void AddPairTrainingFlags(CLI::App& command, PairTrainingFlags& flags,
                          const std::string& out_help) {
  command
      .add_option("--outcomes", flags.data.outcomes,
                  "Folders or files with outcomes (docs/formats/outcomes.md)")
      ->type_name("PATH");
  command
      .add_option("--battles", flags.data.battles,
                  "Folders or files with battles (docs/formats/battles.md)")
      ->type_name("PATH");
  command
      .add_option(
          "--scores", flags.data.scores,
          "Folders or files with scores from 1 to 5, of the weak model's answers where they "
          "name no model (docs/formats/scores.md)")
      ->type_name("PATH");
  command.add_option("--strong-model", flags.strong_model, "Strong model, a name in the data")
      ->type_name("NAME")
      ->required();
  command.add_option("--weak-model", flags.weak_model, "Weak model, a name in the data")
      ->type_name("NAME")
      ->required();
  command.add_option("--out", flags.out, out_help)->required();
}

data::DataPaths PathsOf(const PairTrainingFlags& flags) {
  data::DataPaths paths = flags.data;
  paths.scored = {.scored = flags.weak_model, .reference = flags.strong_model};
  return paths;
}

Result<PairData> LoadPairData(const PairTrainingFlags& flags) {
  if (flags.data.empty()) {
    return Fail(ErrorCode::kInvalidRequest,
                "nothing to train on: give --outcomes, --battles or --scores");
  }
  if (access(fs::absolute(flags.out).parent_path().c_str(), W_OK) != 0)
    return Fail(ErrorCode::kInvalidRequest, "--out: cannot write there", flags.out);
  auto dataset = data::LoadDataset(PathsOf(flags));
  if (!dataset) return tl::unexpected(dataset.error());
  auto examples = training::FindPairExamples(*dataset, flags.strong_model, flags.weak_model);
  if (!examples) return tl::unexpected(examples.error());
  fmt::print(stderr, "{} of {} queries have been judged for {} and {}\n", examples->size(),
             dataset->queries.size(), flags.strong_model, flags.weak_model);
  return PairData{*std::move(dataset), *std::move(examples)};
}

std::vector<std::string_view> PromptsOf(const PairData& data) {
  std::vector<std::string_view> prompts;
  prompts.reserve(data.examples.size());
  for (const training::PairExample& example : data.examples) {
    prompts.push_back(
        text::TruncateUtf8(data.dataset.queries[example.query].prompt, kMaxPromptBytes));
  }
  return prompts;
}

void PrintPairFigures(std::string_view name, const training::PairFigures& figures) {
  if (name.empty()) {
    fmt::print("{:<12} {:>8} {:>9} {:>9} {:>9} {:>8} {:>8} {:>8}\n", "", "queries", "error",
               "constant", "accuracy", "AUC", "APGR", "ECE");
    return;
  }
  fmt::print("{:<12} {:>8} {:>9.4f} {:>9.4f} {:>9.4f} {:>8.4f} {:>8.4f} {:>8.4f}\n", name,
             figures.queries, figures.squared_error, figures.constant_error, figures.accuracy,
             figures.auc, figures.apgr, figures.calibration_error);
}

}  // namespace routellm::cli
