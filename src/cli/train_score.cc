#include <fmt/core.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/train_routers.h"
#include "data/dataset.h"
#include "data/safetensors.h"
#include "routing/builtin_checkpoint.h"
#include "routing/score_checkpoint.h"
#include "routing/word_table_file.h"
#include "training/model_sides.h"
#include "training/own_score_trainer.h"
#include "training/score_trainer.h"

namespace routellm::cli {
namespace {

constexpr const char* kBuiltin = "builtin";
constexpr const char* kNothing = "none";

struct ScoreFlags {
  data::DataPaths data;
  std::string strong_model;
  std::string weak_model;
  std::string init = kBuiltin;
  std::string words;
  bool without_words = false;
  std::string held_out;
  std::uint64_t seed = 1;
  std::string out;
};

void PrintHeading() {
  fmt::print("{:<26} {:>8} {:>6} {:>7} {:>8} {:>8} {:>6} {:>6} {:>7} {:>8}\n", "", "answers",
             "good", "loss", "constant", "accuracy", "AUC", "ECE", "error", "constant");
}

void PrintFigures(const std::string& name, const training::ScoreFigures& of) {
  fmt::print("{:<26} {:>8} {:>6.3f} {:>7.4f} {:>8.4f} {:>8.4f} {:>6.3f} {:>6.3f}", name, of.answers,
             of.base_rate, of.loss, of.marginal_loss, of.accuracy, of.auc, of.calibration_error);
  if (of.graded > 0) {
    fmt::print(" {:>7.3f} {:>8.3f}\n", of.absolute_error, of.marginal_error);
  } else {
    fmt::print(" {:>7} {:>8}\n", "-", "-");
  }
}

void PrintLegend() {
  fmt::print(
      "\ngood: share of scores of at least 4, which accuracy, AUC and ECE are about; loss: -ln of "
      "what was\npredicted for the score; error: mean distance of the expected score; constant: "
      "the "
      "same of the best\nprediction that looks at no prompt\n");
}

Result<text::WordTable> LoadWords(const std::string& path) {
  if (path.empty()) return routing::BuiltinWords();
  return data::Safetensors::Load(path).and_then(routing::ReadWordTable);
}

void PrintSources(const std::vector<training::HeldOutScores>& sources) {
  fmt::print("Each source left out; of the answers by its weak models\n\n");
  PrintHeading();
  double apgr = 0.0;
  double length = 0.0;
  for (const auto& source : sources) PrintFigures(source.name, source.figures);
  fmt::print("\n{:<26} {:>8} {:>8} {:>8}\n", "of both sides", "queries", "APGR", "length");
  for (const auto& source : sources) {
    fmt::print("{:<26} {:>8} {:>8.3f} {:>8.3f}\n", source.name, source.queries, source.apgr,
               source.length_apgr);
    apgr += source.apgr / static_cast<double>(sources.size());
    length += source.length_apgr / static_cast<double>(sources.size());
  }
  fmt::print("{:<26} {:>8} {:>8.4f} {:>8.4f}\n\n", "mean", "", apgr, length);
}

Result<routing::ScoreCheckpoint> TrainOnAllModels(const ScoreFlags& flags, data::Dataset dataset) {
  auto words = LoadWords(flags.words);
  if (!words) return tl::unexpected(words.error());
  training::SidesBySource sides;
  if (!flags.held_out.empty()) {
    auto loaded = training::LoadSidesBySource(flags.held_out);
    if (!loaded) return tl::unexpected(loaded.error());
    sides = *std::move(loaded);
  }
  const auto trainer =
      training::ScoreTrainer::Create(std::move(dataset), {.words = *std::move(words),
                                                          .strong_model = flags.strong_model,
                                                          .weak_model = flags.weak_model});
  if (!trainer) return tl::unexpected(trainer.error());
  if (!sides.empty()) {
    const auto sources = trainer->LeaveSourcesOut(sides);
    if (!sources) return tl::unexpected(sources.error());
    PrintSources(*sources);
  }
  auto training = trainer->Train();
  PrintHeading();
  PrintFigures("held out (ten folds)", training.held_out);
  PrintLegend();
  training.checkpoint.holds_words = !flags.without_words;
  return std::move(training.checkpoint);
}

Result<routing::ScoreCheckpoint> TrainOnOneModel(const ScoreFlags& flags,
                                                 const data::Dataset& dataset) {
  auto prior = flags.init == kBuiltin
                   ? routing::ParseScoreCheckpoint(routing::BuiltinScoreCheckpoint(),
                                                   "the built-in checkpoint of score")
                   : routing::LoadScoreCheckpoint(flags.init);
  if (!prior) return tl::unexpected(prior.error());
  auto training = training::TrainOwnScores(dataset, {.prior = *std::move(prior),
                                                     .weak_model = flags.weak_model,
                                                     .strong_model = flags.strong_model,
                                                     .seed = flags.seed});
  if (!training) return tl::unexpected(training.error());
  fmt::print("On a fifth of the prompts, which training did not see\n\n");
  PrintHeading();
  PrintFigures("as before, recalibrated", training->before);
  PrintFigures("trained", training->trained);
  PrintLegend();
  if (training->pair_queries > 0) {
    fmt::print(
        "\nAPGR on the {} of them that {} answered as well: trained {:.3f}, as before {:.3f}, "
        "longest prompts first {:.3f}\n",
        training->pair_queries, flags.strong_model, training->apgr, training->apgr_before,
        training->length_apgr);
  }
  if (training->learnt) {
    fmt::print("\npenalty on the weights, by five folds: {}\n", training->penalty);
  } else {
    fmt::print(
        "\nThe scores do not tell which prompts are harder than was known: only the thresholds and "
        "the trust in\nwhat was known were learnt. More scores may help.\n");
  }
  return std::move(training->checkpoint);
}

Result<void> Train(ScoreFlags& flags) {
  if (flags.data.empty()) {
    return Fail(ErrorCode::kInvalidRequest,
                "nothing to train on: give --scores, --outcomes or --battles");
  }
  if (flags.init != kNothing &&
      (flags.without_words || !flags.words.empty() || !flags.held_out.empty())) {
    return Fail(ErrorCode::kInvalidRequest,
                "--words, --without-words and --leave-sources-out belong to --init none");
  }
  CheckOutput(flags.out);
  flags.data.scored.scored = flags.weak_model;
  auto dataset = data::LoadDataset(flags.data);
  if (!dataset) return tl::unexpected(dataset.error());
  fmt::print(stderr, "{} queries of {} sources, {} models, {} outcomes\n", dataset->queries.size(),
             dataset->sources.size(), dataset->models.size(), dataset->outcomes.size());
  std::string sources;
  for (const std::string& source : dataset->sources)
    sources.append(sources.empty() ? "" : ", ").append(source);
  auto checkpoint = flags.init == kNothing ? TrainOnAllModels(flags, *std::move(dataset))
                                           : TrainOnOneModel(flags, *dataset);
  if (!checkpoint) return tl::unexpected(checkpoint.error());
  checkpoint->notes = {{"sources", sources}};
  if (auto saved = routing::SaveScoreCheckpoint(*checkpoint, flags.out); !saved) return saved;
  fmt::print("wrote {} ({} bytes)\n", flags.out, std::filesystem::file_size(flags.out));
  return {};
}

}  // namespace

void AddTrainScore(CLI::App& train) {
  auto flags = std::make_shared<ScoreFlags>();
  CLI::App* score = train.add_subcommand(
      "score",
      "The router that predicts the weak model's score, 1 to 5, by features of the prompt");
  score
      ->add_option("--scores", flags->data.scores,
                   "Folders or files with scores from 1 to 5 (docs/formats/scores.md)")
      ->type_name("PATH");
  score
      ->add_option("--outcomes", flags->data.outcomes,
                   "Folders or files with outcomes (docs/formats/outcomes.md)")
      ->type_name("PATH");
  score
      ->add_option("--battles", flags->data.battles,
                   "Folders or files with battles (docs/formats/battles.md); with --init none, "
                   "those that were all judged against one model count as outcomes")
      ->type_name("PATH");
  score->add_option("--weak-model", flags->weak_model, "The model whose scores are predicted")
      ->type_name("NAME")
      ->required();
  score
      ->add_option("--strong-model", flags->strong_model,
                   "The model that answers otherwise; only told and compared with")
      ->type_name("NAME");
  score
      ->add_option("--init", flags->init,
                   "What is known before: builtin, a checkpoint of this kind, or none: then "
                   "the router learns from all models of the data")
      ->capture_default_str();
  score
      ->add_option("--words", flags->words,
                   "With --init none: word table of `routellm train words` (default: the "
                   "built-in router's)")
      ->type_name("FILE");
  score->add_flag("--without-words", flags->without_words,
                  "With --init none: leave the word table out of the file, which then is of use "
                  "only to a program that has the same one built in");
  score
      ->add_option("--leave-sources-out", flags->held_out,
                   "With --init none: also train without each source that this JSON file names, "
                   "and report how well that does there")
      ->type_name("FILE");
  score->add_option("--seed", flags->seed, "Of the prompts that are held out")
      ->capture_default_str();
  score->add_option("--out", flags->out, "The checkpoint; replaced only when training has finished")
      ->type_name("FILE")
      ->required();
  score->footer(
      "Example:\n"
      "  routellm train score --scores scores.csv --weak-model llama3 --strong-model gpt-4o "
      "\\\n"
      "    --out my-score.safetensors");
  score->callback([flags] {
    if (auto done = Train(*flags); !done) Exit(done.error());
  });
}

}  // namespace routellm::cli
