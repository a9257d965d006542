#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "cli/commands.h"
#include "cli/number_range.h"
#include "cli/pair_training.h"
#include "cli/train_routers.h"
#include "cli/training_vectors.h"
#include "embedding/encoder_embedder.h"
#include "training/bert_head_trainer.h"
#include "training/classifier_folder.h"
#include "training/tier_examples.h"

namespace routellm::cli {
namespace {

namespace fs = std::filesystem;

struct TrainBertHeadFlags {
  PairTrainingFlags pair;
  std::size_t apart = 2;
  std::string model_folder;
  std::string embeddings;
  training::BertHeadOptions options;
};

Result<PairData> LoadExamples(const TrainBertHeadFlags& flags) {
  if (flags.pair.strong_model.empty() != flags.pair.weak_model.empty()) {
    return Fail(ErrorCode::kInvalidRequest,
                "give both --strong-model and --weak-model, or neither for all pairs of models "
                "that are apart");
  }
  std::error_code error;
  if (fs::exists(flags.pair.out, error))
    return Fail(ErrorCode::kInvalidRequest, "--out: " + flags.pair.out + " exists already");
  if (!flags.pair.strong_model.empty()) return LoadPairData(flags.pair);
  if (flags.pair.data.battles.empty()) {
    return Fail(ErrorCode::kInvalidRequest,
                "without --strong-model and --weak-model, --battles are needed");
  }
  auto dataset = data::LoadDataset(flags.pair.data);
  if (!dataset) return tl::unexpected(dataset.error());
  auto found = training::FindTierExamples(*dataset, flags.apart);
  if (!found) return tl::unexpected(found.error());
  fmt::print(stderr, "{} of {} battles are between models {} tiers apart or more\n",
             found->examples.size(), dataset->battles.size(), flags.apart);
  return PairData{*std::move(dataset), std::move(found->examples)};
}

struct FirstTokens {
  TrainingVectors vectors;
  std::size_t max_tokens = 0;
};

// The encoder is loaded in any case: a file's vectors must be its own.
Result<FirstTokens> GetVectors(const TrainBertHeadFlags& flags, const data::Dataset& dataset) {
  const auto encoder = embedding::EncoderEmbedder::Load(flags.model_folder, {.first_token = true});
  if (!encoder) return tl::unexpected(encoder.error());
  const VectorFlags source{
      .embedder = {.embedder = "encoder", .model_folder = flags.model_folder, .first_token = true},
      .file = flags.embeddings};
  auto vectors = VectorsOfQueries(source, dataset);
  if (!vectors) return tl::unexpected(vectors.error());
  const auto& identity = encoder->identity();
  if (vectors->rows.columns != identity.dimension ||
      (!vectors->identity.name.empty() && (vectors->identity.name != identity.name ||
                                           vectors->identity.revision != identity.revision))) {
    return Fail(ErrorCode::kInvalidData,
                flags.embeddings +
                    ": its vectors are not those of the first token by this model "
                    "(routellm embed --embedder encoder --model-dir DIR "
                    "--first-token)");
  }
  return FirstTokens{*std::move(vectors), encoder->settings().max_tokens};
}

void PrintReport(const training::BertHeadTraining& training, const std::string& out) {
  PrintPairFigures("", {});
  PrintPairFigures("validation", training.validation.win_rate);
  PrintPairFigures("held out", training.held_out.win_rate);
  fmt::print(
      "\nloss {:.4f} on validation, {:.4f} held out, {:.4f} without looking at the prompts; "
      "{} judgements, epoch {}\n",
      training.validation.loss, training.held_out.loss, training.held_out.constant_loss,
      training.training, training.epochs);
  fmt::print("wrote {}\n", out);
}

Result<void> Train(const TrainBertHeadFlags& flags) {
  const auto data = LoadExamples(flags);
  if (!data) return tl::unexpected(data.error());
  const auto inputs = GetVectors(flags, data->dataset);
  if (!inputs) return tl::unexpected(inputs.error());
  const bool terminal = isatty(STDERR_FILENO) != 0;
  auto training = training::TrainBertHead(
      data->examples, inputs->vectors.rows, flags.options, [&](std::size_t epoch, double loss) {
        fmt::print(stderr, "{}epoch {}: validation loss {:.4f}{}", terminal ? "\r" : "", epoch,
                   loss, terminal ? "" : "\n");
        std::fflush(stderr);
        return true;
      });
  if (terminal) fmt::print(stderr, "\n");
  if (!training) return tl::unexpected(training.error());
  std::string sources;
  for (const std::string& source : data->dataset.sources)
    sources.append(sources.empty() ? "" : ", ").append(source);
  const std::map<std::string, std::string> notes = {
      {"sources", sources},
      {"pair", flags.pair.strong_model.empty()
                   ? fmt::format("models {} tiers apart", flags.apart)
                   : flags.pair.strong_model + " over " + flags.pair.weak_model},
      {"held_out", fmt::format("{} judgements, loss {:.4f}, AUC {:.4f}, APGR {:.4f}",
                               training->held_out.win_rate.queries, training->held_out.loss,
                               training->held_out.win_rate.auc, training->held_out.win_rate.apgr)}};
  if (auto saved = training::SaveClassifier(flags.model_folder, training->head, inputs->max_tokens,
                                            notes, flags.pair.out);
      !saved) {
    return saved;
  }
  PrintReport(*training, flags.pair.out);
  return {};
}

}  // namespace

void AddTrainBertHead(CLI::App& train) {
  CLI::App* command = train.add_subcommand(
      "bert-head", "The head of a bert router, on an encoder that stays as it is");
  auto flags = std::make_shared<TrainBertHeadFlags>();
  AddPairTrainingFlags(*command, flags->pair,
                       "The folder of the classifier, which must not exist yet");
  for (const char* model : {"--strong-model", "--weak-model"})
    command->get_option(model)->required(false);
  command
      ->add_option("--tiers-apart", flags->apart,
                   "Without a pair: battles count whose models are at least so many of ten tiers "
                   "apart")
      ->check(CLI::Range(1, 9))
      ->capture_default_str();
  command
      ->add_option(
          "--model-dir", flags->model_folder,
          "The encoder: a folder of Hugging Face's form, of the BERT or XLM-RoBERTa family")
      ->type_name("DIR")
      ->required();
  command
      ->add_option("--embeddings", flags->embeddings,
                   "Vectors that `routellm embed --embedder encoder --first-token` made: .npy or "
                   "safetensors with a row for each query of the data, in the order in which they "
                   "are read")
      ->type_name("FILE");
  auto& options = flags->options;
  command->add_option("--learning-rate", options.learning_rate, "Of AdamW")
      ->check(Between(1e-6, 1.0))
      ->capture_default_str();
  command->add_option("--weight-decay", options.weight_decay, "Of AdamW")
      ->check(Between(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--batch", options.batch, "Judgements in a step")
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
  command->add_option("--epochs", options.epochs, "At most so many passes over the data")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command
      ->add_option("--patience", options.patience,
                   "Passes without a smaller loss on the validation queries")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command->add_option("--seed", options.seed, "Of the split, the first weights and the order")
      ->capture_default_str();
  command->footer(
      "Examples:\n"
      "  routellm train bert-head --battles data/preferences --model-dir all-MiniLM-L6-v2 \\\n"
      "    --out my-bert\n"
      "  routellm train bert-head --outcomes data/outcomes --strong-model gpt-4-1106-preview \\\n"
      "    --weak-model mixtral-8x7b-instruct-v0.1 --model-dir all-MiniLM-L6-v2 --out my-bert");
  command->callback([flags] {
    if (const auto ok = Train(*flags); !ok) Exit(ok.error());
  });
}

}  // namespace routellm::cli
