#include <fmt/core.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/train_routers.h"
#include "data/dataset.h"
#include "data/safetensors.h"
#include "routing/builtin_checkpoint.h"
#include "routing/mf_checkpoint.h"
#include "routing/word_table_file.h"
#include "training/mf_trainer.h"
#include "training/model_sides.h"

namespace routellm::cli {

void CheckOutput(const std::string& out) {
  const auto folder = std::filesystem::absolute(out).parent_path();
  if (access(folder.c_str(), W_OK) != 0 || std::filesystem::is_directory(out)) {
    Exit({ErrorCode::kInvalidRequest, "--out: cannot write there", out});
  }
}

namespace {

struct TrainFlags {
  data::DataPaths data;
  std::string words;
  std::string held_out;
  std::string out;
  training::MfTrainingOptions options;
};

// Empty path: the built-in checkpoint's.
Result<text::WordTable> LoadWords(const std::string& path) {
  const auto file = path.empty() ? data::Safetensors::Parse(routing::BuiltinMfCheckpoint(),
                                                            "the built-in checkpoint")
                                 : data::Safetensors::Load(path);
  return file.and_then(routing::ReadWordTable);
}

void PrintHeldOut(const std::vector<training::HeldOutFigures>& sources) {
  fmt::print("Each source left out, and judged by the win rate for the default pair\n\n");
  fmt::print("{:<16} {:>8} {:>8} {:>8} {:>8} {:>8}\n", "source", "queries", "APGR", "+-", "length",
             "ECE");
  double apgr = 0.0;
  double length = 0.0;
  for (const auto& source : sources) {
    fmt::print("{:<16} {:>8} {:>8.3f} {:>8.3f} {:>8.3f} {:>8.3f}\n", source.name, source.queries,
               source.apgr, source.apgr_error, source.length_apgr, source.calibration_error);
    apgr += source.apgr / static_cast<double>(sources.size());
    length += source.length_apgr / static_cast<double>(sources.size());
  }
  fmt::print("{:<16} {:>8} {:>8.4f} {:>8} {:>8.4f}\n\n", "mean", "", apgr, "", length);
}

void Train(TrainFlags& flags) {
  if (flags.data.outcomes.empty() && flags.data.battles.empty()) {
    Exit({ErrorCode::kInvalidRequest, "nothing to train on: give --outcomes, --battles or both",
          ""});
  }
  CheckOutput(flags.out);
  const InterruptGuard guard;
  auto words = LoadWords(flags.words);
  if (!words) Exit(words.error());
  flags.options.words = std::move(*words);
  training::SidesBySource sides;
  if (!flags.held_out.empty()) {
    auto loaded = training::LoadSidesBySource(flags.held_out);
    if (!loaded) Exit(loaded.error());
    sides = std::move(*loaded);
  }
  auto dataset = data::LoadDataset(flags.data);
  if (!dataset) Exit(dataset.error());
  fmt::print(stderr, "{} queries of {} sources, {} models, {} outcomes, {} battles\n",
             dataset->queries.size(), dataset->sources.size(), dataset->models.size(),
             dataset->outcomes.size(), dataset->battles.size());
  const auto trainer = training::MfTrainer::Create(std::move(*dataset), flags.options);
  if (!trainer) Exit(trainer.error());
  if (!sides.empty()) {
    const auto held_out = trainer->LeaveSourcesOut(sides);
    if (!held_out) Exit(held_out.error());
    PrintHeldOut(*held_out);
  }
  const auto training = trainer->Train();
  if (Interrupted()) {
    fmt::print(stderr, "\nroutellm: interrupted; nothing was written\n");
    throw CLI::RuntimeError(kExitInterrupted);
  }
  if (auto saved = routing::SaveMfCheckpoint(training.checkpoint, flags.out); !saved)
    Exit(saved.error());
  fmt::print("expected calibration error of held-out queries (ten folds, {} queries): {:.4f}\n",
             training.calibration_queries, training.calibration_error);
  fmt::print("wrote {} ({} bytes)\n", flags.out, std::filesystem::file_size(flags.out));
}

}  // namespace

void AddTrainMf(CLI::App& train) {
  auto flags = std::make_shared<TrainFlags>();
  auto& options = flags->options;
  options.strong_model = "gpt-4-1106-preview";
  options.weak_model = "mixtral-8x7b-instruct-v0.1";

  CLI::App* mf = train.add_subcommand(
      "mf", "The built-in kind of router: an item-response model over features of the prompt");
  mf->add_option("--outcomes", flags->data.outcomes,
                 "Folders or files with outcomes (docs/formats/outcomes.md)")
      ->type_name("PATH");
  mf->add_option("--battles", flags->data.battles,
                 "Folders or files with battles (docs/formats/battles.md)")
      ->type_name("PATH");
  mf->add_option("--out", flags->out, "The checkpoint; replaced only when training has finished")
      ->type_name("FILE")
      ->required();
  mf->add_option("--strong-model", options.strong_model,
                 "Strong model of the default pair, a name in the data")
      ->capture_default_str();
  mf->add_option("--weak-model", options.weak_model,
                 "Weak model of the default pair, a name in the data")
      ->capture_default_str();
  mf->add_option("--words", flags->words,
                 "Word table of `routellm train words` (default: the built-in router's)")
      ->type_name("FILE");
  mf->add_option(
        "--leave-sources-out", flags->held_out,
        "Also train without each source that this JSON file names, and report how well that "
        "does there: {\"SOURCE\": {\"strong\": [MODEL, ...], \"weak\": [MODEL, ...]}, ...}")
      ->type_name("FILE");
  mf->footer(
      "Example:\n"
      "  routellm train mf --outcomes data/outcomes --battles data/preferences --out "
      "my.safetensors");
  mf->callback([flags] { Train(*flags); });
}

}  // namespace routellm::cli
