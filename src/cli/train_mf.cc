#include <fmt/core.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/train_own_labels.h"
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

constexpr const char* kInitNone = "none";
constexpr const char* kStrongModel = "gpt-4-1106-preview";  // of the whole training
constexpr const char* kWeakModel = "mixtral-8x7b-instruct-v0.1";

struct TrainFlags {
  OwnLabelsFlags own{.data = {}, .init = "builtin", .out = {}, .options = {}};
  std::string words;
  std::string held_out;
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

// Everything from the data, on many models.
void TrainWhole(const TrainFlags& flags) {
  const OwnLabelsFlags& own = flags.own;
  if (!own.data.scores.empty())
    Exit(
        {ErrorCode::kInvalidRequest, "--init none learns from --outcomes and --battles alone", ""});
  if (UsesVectors(own.vectors)) {
    Exit({ErrorCode::kInvalidRequest,
          "--embedder and --embeddings are for labels of one's own: --init none learns from words "
          "alone",
          ""});
  }
  if (own.data.outcomes.empty() && own.data.battles.empty()) {
    Exit({ErrorCode::kInvalidRequest, "nothing to train on: give --outcomes, --battles or both",
          ""});
  }
  const InterruptGuard guard;
  auto words = LoadWords(flags.words);
  if (!words) Exit(words.error());
  const auto or_else = [](const std::string& name, const char* otherwise) {
    return name.empty() ? std::string(otherwise) : name;
  };
  training::MfTrainingOptions options{
      .words = std::move(*words),
      .strong_model = or_else(own.options.strong_model, kStrongModel),
      .weak_model = or_else(own.options.weak_model, kWeakModel)};
  training::SidesBySource sides;
  if (!flags.held_out.empty()) {
    auto loaded = training::LoadSidesBySource(flags.held_out);
    if (!loaded) Exit(loaded.error());
    sides = std::move(*loaded);
  }
  auto dataset = data::LoadDataset(own.data);
  if (!dataset) Exit(dataset.error());
  fmt::print(stderr, "{} queries of {} sources, {} models, {} outcomes, {} battles\n",
             dataset->queries.size(), dataset->sources.size(), dataset->models.size(),
             dataset->outcomes.size(), dataset->battles.size());
  const auto trainer = training::MfTrainer::Create(std::move(*dataset), std::move(options));
  if (!trainer) Exit(trainer.error());
  if (!sides.empty()) {
    const auto held_out = trainer->LeaveSourcesOut(sides);
    if (!held_out) Exit(held_out.error());
    PrintHeldOut(*held_out);
  }
  const auto training = trainer->Train();
  if (Interrupted()) ExitInterrupted();
  if (auto saved = routing::SaveMfCheckpoint(training.checkpoint, own.out); !saved)
    Exit(saved.error());
  fmt::print("expected calibration error of held-out queries (ten folds, {} queries): {:.4f}\n",
             training.calibration_queries, training.calibration_error);
  fmt::print("wrote {} ({} bytes)\n", own.out, std::filesystem::file_size(own.out));
}

void Train(const TrainFlags& flags) {
  CheckOutput(flags.own.out);
  if (flags.own.init == kInitNone) return TrainWhole(flags);
  if (!flags.words.empty() || !flags.held_out.empty()) {
    Exit({ErrorCode::kInvalidRequest,
          "--words and --leave-sources-out belong to --init none: a whole training", ""});
  }
  const auto trained = TrainOwnLabels(flags.own);
  if (trained) return;
  if (trained.error().code == ErrorCode::kCancelled) ExitInterrupted();
  Exit(trained.error());
}

}  // namespace

void AddTrainMf(CLI::App& train) {
  auto flags = std::make_shared<TrainFlags>();
  auto& own = flags->own;
  CLI::App* mf = train.add_subcommand(
      "mf", "The built-in kind of router, for a pair of models of your own, from your labels");
  mf->add_option("--outcomes", own.data.outcomes,
                 "Folders or files with outcomes (docs/formats/outcomes.md)")
      ->type_name("PATH");
  mf->add_option("--battles", own.data.battles,
                 "Folders or files with battles (docs/formats/battles.md)")
      ->type_name("PATH");
  mf->add_option("--scores", own.data.scores,
                 "Folders or files with scores from 1 to 5, of the weak model's answers where they "
                 "name no model (docs/formats/scores.md)")
      ->type_name("PATH");
  mf->add_option("--strong-model", own.options.strong_model, "Strong model, a name in the data")
      ->type_name("NAME");
  mf->add_option("--weak-model", own.options.weak_model, "Weak model, a name in the data")
      ->type_name("NAME");
  mf->add_option("--out", own.out, "The checkpoint; replaced only when training has finished")
      ->type_name("FILE")
      ->required();
  mf->add_option("--init", own.init,
                 "What the labels are learnt on top of: builtin; a checkpoint that a whole "
                 "training wrote; or none, a whole training, from data on many models. Without "
                 "names, its pair is gpt-4-1106-preview and mixtral-8x7b-instruct-v0.1")
      ->type_name("builtin|FILE|none")
      ->capture_default_str();
  mf->add_option("--seed", own.options.seed, "Of the folds that are held out")
      ->capture_default_str();
  AddVectorFlags(*mf, own.vectors);
  mf->add_option("--words", flags->words,
                 "With --init none: the word table of `routellm train words` (default: the "
                 "built-in router's)")
      ->type_name("FILE");
  mf->add_option(
        "--leave-sources-out", flags->held_out,
        "With --init none: also train without each source that this JSON file names, and report "
        "how well that does there: {\"SOURCE\": {\"strong\": [MODEL, ...], \"weak\": [MODEL, "
        "...]}, ...}")
      ->type_name("FILE");
  mf->footer(
      "Examples:\n"
      "  routellm train mf --outcomes my/outcomes --strong-model big --weak-model small \\\n"
      "    --out my.safetensors\n"
      "  routellm train mf --init none --outcomes data/outcomes data/preferences \\\n"
      "    --battles data/preferences --out whole.safetensors");
  mf->callback([flags] { Train(*flags); });
}

}  // namespace routellm::cli
