#include <fmt/core.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/pair_training.h"
#include "cli/train_routers.h"
#include "cli/training_vectors.h"
#include "routing/mf_embedding_checkpoint.h"
#include "training/mf_embedding_trainer.h"

namespace routellm::cli {
namespace {

using training::SampledVotes;

struct TrainMfEmbeddingFlags {
  PairTrainingFlags pair;
  VectorFlags vectors;
  training::MfEmbeddingOptions options;
};

void PrintFigures(std::string_view name, const training::ComparisonFigures& figures) {
  fmt::print("{:<12} {:>11} {:>8.4f} {:>10.4f} {:>9.4f} {:>8.4f} {:>8.4f}\n", name,
             figures.comparisons, figures.loss, figures.strengths_loss, figures.accuracy,
             figures.auc, figures.calibration_error);
}

void PrintReport(const training::MfEmbeddingTraining& training, const std::string& out) {
  const auto& checkpoint = training.checkpoint;
  fmt::print("{:<12} {:>11} {:>8} {:>10} {:>9} {:>8} {:>8}\n", "", "comparisons", "loss",
             "strengths", "accuracy", "AUC", "ECE");
  PrintFigures("chosen on", training.validation);
  PrintFigures("held out", training.held_out);
  fmt::print(
      "\nHeld out, a stronger model against a weaker one, by the pair's win rate: "
      "{} comparisons, AUC {:.4f}, APGR {:.4f}\n",
      training.ranking.comparisons, training.ranking.auc, training.ranking.apgr);
  if (training.pair) {
    fmt::print("\nHeld-out queries that were judged for {} and {} themselves\n",
               checkpoint.strong_model, checkpoint.weak_model);
    PrintPairFigures("", {});
    PrintPairFigures("held out", *training.pair);
  }
  fmt::print("\n{} models, {} comparisons, best after {} epochs; embeddings: {} ({} numbers)\n",
             checkpoint.models.size(), training.trained_on, training.epochs,
             checkpoint.embedder.name.empty() ? "unknown" : checkpoint.embedder.name,
             checkpoint.embedding_dimension);
  fmt::print("wrote {} ({} bytes)\n", out, std::filesystem::file_size(out));
}

std::map<std::string, std::string> Notes(const data::Dataset& dataset,
                                         const training::MfEmbeddingTraining& training,
                                         const training::MfEmbeddingOptions& options) {
  std::string sources;
  for (const std::string& source : dataset.sources)
    sources.append(sources.empty() ? "" : ", ").append(source);
  return {
      {"sources", sources},
      {"seed", std::to_string(options.split.seed)},
      {"held_out",
       fmt::format("{} comparisons, loss {:.4f} (strengths alone {:.4f}), AUC {:.4f}, "
                   "calibration error {:.4f}; ranking APGR {:.4f}",
                   training.held_out.comparisons, training.held_out.loss,
                   training.held_out.strengths_loss, training.held_out.auc,
                   training.held_out.calibration_error, training.ranking.apgr)},
  };
}

Result<void> Train(const TrainMfEmbeddingFlags& flags) {
  if (flags.pair.data.outcomes.empty() && flags.pair.data.battles.empty()) {
    return Fail(ErrorCode::kInvalidRequest,
                "nothing to train on: give --outcomes, --battles or both");
  }
  CheckOutput(flags.pair.out);
  const auto dataset = data::LoadDataset(flags.pair.data);
  if (!dataset) return tl::unexpected(dataset.error());
  fmt::print(stderr, "{} queries of {} sources, {} models, {} outcomes, {} battles\n",
             dataset->queries.size(), dataset->sources.size(), dataset->models.size(),
             dataset->outcomes.size(), dataset->battles.size());
  const auto vectors = VectorsOfQueries(flags.vectors, *dataset);
  if (!vectors) return tl::unexpected(vectors.error());
  auto options = flags.options;
  options.strong_model = flags.pair.strong_model;
  options.weak_model = flags.pair.weak_model;
  const InterruptGuard guard;
  auto training = training::TrainMfEmbedding(
      *dataset, vectors->rows, vectors->identity, options,
      [](const training::EpochProgress& epoch) {
        fmt::print(stderr, "epoch {}: validation loss {:.5f}, best {:.5f}\n", epoch.epoch,
                   epoch.validation_loss, epoch.best_loss);
      },
      Interrupted());
  if (!training && training.error().code == ErrorCode::kCancelled) {
    fmt::print(stderr, "routellm: interrupted; nothing was written\n");
    throw CLI::RuntimeError(kExitInterrupted);
  }
  if (!training) return tl::unexpected(training.error());
  training->checkpoint.notes = Notes(*dataset, *training, options);
  if (auto saved = SaveMfEmbeddingCheckpoint(training->checkpoint, flags.pair.out); !saved)
    return saved;
  PrintReport(*training, flags.pair.out);
  return {};
}

void AddFittingFlags(CLI::App& command, training::MfEmbeddingOptions& options) {
  command
      .add_option("--sampled-votes", options.sampled,
                  "What becomes of votes that were drawn because a model won or lost "
                  "(`sampled_for`, docs/formats/battles.md): intercepts (they tell how preference "
                  "varies with the prompt, and not how often the model wins), plain (they count "
                  "as any others) or left-out")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, SampledVotes>{{"intercepts", SampledVotes::kIntercepts},
                                              {"plain", SampledVotes::kPlain},
                                              {"left-out", SampledVotes::kLeftOut}},
          CLI::ignore_case))
      ->default_str("intercepts");
  command
      .add_option("--noise", options.noise,
                  "Noise on each number of an embedding, as a multiple of the numbers' own "
                  "deviation: more makes the router look less at the prompt")
      ->check(CLI::Range(0.0, 1000.0))
      ->capture_default_str();
  command.add_option("--dimension", options.dimension, "Numbers of a model's vector")
      ->check(CLI::Range(2, 4096))
      ->capture_default_str();
  command.add_flag("!--no-bias", options.bias,
                   "Leave out the constant that the published form does not have, so that the "
                   "Python package can read the file as well");
  command.add_option("--rate", options.rate, "Learning rate at the beginning")
      ->check(CLI::Range(1e-7, 1.0))
      ->capture_default_str();
  command.add_option("--batch", options.batch, "Comparisons in a step")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  command.add_option("--epochs", options.most_epochs, "At most")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  command
      .add_option("--patience", options.patience,
                  "Epochs in a row without a lower validation loss, after which training ends; "
                  "each halves the learning rate")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command.add_option("--seed", options.split.seed, "Of the split, the beginning and the order")
      ->capture_default_str();
}

}  // namespace

void AddTrainMfEmbedding(CLI::App& train) {
  CLI::App* mf = train.add_subcommand(
      "mf-embedding", "Matrix factorisation over embeddings, the published kind of router");
  auto flags = std::make_shared<TrainMfEmbeddingFlags>();
  AddPairTrainingFlags(*mf, flags->pair,
                       "The checkpoint; replaced only when training has finished");
  AddVectorFlags(*mf, flags->vectors);
  AddFittingFlags(*mf, flags->options);
  mf->footer(
      "Examples:\n"
      "  routellm train mf-embedding --battles votes.csv --strong-model gpt-4-1106-preview \\\n"
      "    --weak-model mixtral-8x7b-instruct-v0.1 --embedder encoder --model-dir all-MiniLM-L6-v2 "
      "\\\n"
      "    --out mf.safetensors\n"
      "  routellm route --checkpoint mf.safetensors --embedder encoder --model-dir "
      "all-MiniLM-L6-v2 \"Hello\"");
  mf->callback([flags] {
    if (const auto ok = Train(*flags); !ok) Exit(ok.error());
  });
}

}  // namespace routellm::cli
