#include <fmt/core.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "cli/choice.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/number_range.h"
#include "cli/pair_training.h"
#include "cli/train_routers.h"
#include "cli/training_report.h"
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

void PrintReport(const training::MfEmbeddingTraining& training, const std::string& out) {
  const auto& checkpoint = training.checkpoint;
  PrintComparisonFigures("", {});
  PrintComparisonFigures("chosen on", training.validation);
  PrintComparisonFigures("held out", training.held_out);
  PrintRouterFigures(training.ranking, training.pair, checkpoint.strong_model,
                     checkpoint.weak_model);
  fmt::print(
      "\n{} models, {} comparisons, best with noise {} after {} epochs; embeddings: {} ({} "
      "numbers)\n",
      checkpoint.models.size(), training.trained_on, training.noise, training.epochs,
      checkpoint.embedder.name.empty() ? "unknown" : checkpoint.embedder.name,
      checkpoint.embedding_dimension);
  fmt::print("wrote {} ({} bytes)\n", out, std::filesystem::file_size(out));
}

std::map<std::string, std::string> Notes(const data::Dataset& dataset,
                                         const training::MfEmbeddingTraining& training,
                                         const training::MfEmbeddingOptions& options) {
  return {{"sources", SourcesOf(dataset)},
          {"seed", std::to_string(options.split.seed)},
          {"held_out", HeldOutNote(training.held_out, training.ranking)}};
}

Result<void> Train(const TrainMfEmbeddingFlags& flags) {
  CheckOutput(flags.pair.out);
  const auto dataset = LoadTrainingData(PathsOf(flags.pair));
  if (!dataset) return tl::unexpected(dataset.error());
  const auto vectors = VectorsOfQueries(flags.vectors, *dataset);
  if (!vectors) return tl::unexpected(vectors.error());
  auto options = flags.options;
  options.strong_model = flags.pair.strong_model;
  options.weak_model = flags.pair.weak_model;
  const InterruptGuard guard;
  auto training = training::TrainMfEmbedding(
      *dataset, vectors->rows, vectors->identity, options,
      [](const training::EpochProgress& epoch) {
        fmt::print(stderr, "noise {}, epoch {}: validation loss {:.5f}, best {:.5f}\n", epoch.noise,
                   epoch.epoch, epoch.validation_loss, epoch.best_loss);
      },
      Interrupted());
  if (!training && training.error().code == ErrorCode::kCancelled) ExitInterrupted();
  if (!training) return tl::unexpected(training.error());
  training->checkpoint.notes = Notes(*dataset, *training, options);
  if (auto saved = SaveMfEmbeddingCheckpoint(training->checkpoint, flags.pair.out); !saved)
    return saved;
  PrintReport(*training, flags.pair.out);
  return {};
}

void AddFittingFlags(CLI::App& command, training::MfEmbeddingOptions& options) {
  AddChoice(command, "--sampled-votes", options.sampled,
            "What becomes of votes that were drawn because a model won or lost "
            "(`sampled_for`, docs/formats/battles.md): intercepts (they tell how preference "
            "varies with the prompt, and not how often the model wins), plain (they count "
            "as any others) or left-out",
            {{"intercepts", SampledVotes::kIntercepts},
             {"plain", SampledVotes::kPlain},
             {"left-out", SampledVotes::kLeftOut}});
  command
      .add_option("--noise", options.noise,
                  "Noise on each number of an embedding, as a multiple of the numbers' own "
                  "deviation: more makes the router look less at the prompt. Of several, the one "
                  "of the least validation loss is taken")
      ->check(Between(0.0, 1000.0))
      ->capture_default_str();
  command.add_option("--dimension", options.dimension, "Numbers of a model's vector")
      ->check(CLI::Range(2, 4096))
      ->capture_default_str();
  command.add_flag("!--no-bias", options.bias,
                   "Leave out the constant that the published form does not have, so that the "
                   "Python package can read the file as well");
  command.add_option("--rate", options.rate, "Learning rate at the beginning")
      ->check(Between(1e-7, 1.0))
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
