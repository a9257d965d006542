#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <system_error>

#include "cli/choice.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/pair_training.h"
#include "cli/step_progress.h"
#include "cli/train_routers.h"
#include "cli/training_report.h"
#include "cli/training_vectors.h"
#include "routing/sw_ranking_files.h"
#include "training/sw_ranking_trainer.h"

namespace routellm::cli {
namespace fs = std::filesystem;
namespace {

using training::SampledVotes;

constexpr const char* kBattles = "battles.csv";
constexpr const char* kEmbeddings = "embeddings.safetensors";

struct TrainSwRankingFlags {
  PairTrainingFlags pair;
  VectorFlags vectors;
  training::SwRankingTrainingOptions options;
};

// A folder that can be written to. If it was made here and nothing is in it at the end, it goes.
class OutputFolder {
 public:
  explicit OutputFolder(const std::string& path) : path_(path) {
    std::error_code error;
    is_new_ = fs::create_directories(path, error);
    usable_ = !error && access(path.c_str(), W_OK) == 0;
  }
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;
  ~OutputFolder() {
    std::error_code not_empty;
    if (is_new_) fs::remove(path_, not_empty);
  }
  [[nodiscard]] bool usable() const { return usable_; }

 private:
  const fs::path path_;
  bool is_new_ = false;
  bool usable_ = false;
};

Result<void> Save(const training::SwRankingTraining& training,
                  const embedding::EmbedderIdentity& embedder, const data::Dataset& dataset,
                  const TrainSwRankingFlags& flags) {
  const fs::path folder = flags.pair.out;
  auto saved = routing::SaveBattleEmbeddings(
      folder / kEmbeddings, training.vectors, training.row_of_battle, embedder,
      {flags.pair.strong_model, flags.pair.weak_model, training.win_rate_quantiles},
      {{"sources", SourcesOf(dataset)},
       {"held_out", HeldOutNote(training.held_out, training.ranking)}});
  if (!saved) return saved;
  return routing::SaveBattles(folder / kBattles, training.models, training.battles);
}

void PrintReport(const training::SwRankingTraining& training, const TrainSwRankingFlags& flags) {
  PrintComparisonFigures("", {});
  PrintComparisonFigures("held out", training.held_out);
  PrintRouterFigures(training.ranking, training.pair, flags.pair.strong_model,
                     flags.pair.weak_model);
  fmt::print("\n{} models, {} battles\n", training.models.size(), training.battles.size());
  if (training.dropped > 0) {
    fmt::print(
        "{} battles were left out: their prompts have no direction, or nothing ranks their "
        "models",
        training.dropped);
    for (const std::string& model : training.unrankable)
      fmt::print("{} {}", &model == &training.unrankable.front() ? ":" : ",", model);
    fmt::print("\n");
  }
  fmt::print(
      "wrote {0}/{1} and {0}/{2}; in the configuration, with an embedder of yours:\n"
      "  routers: {{sw_ranking: {{battles: {0}/{1}, embeddings: {0}/{2}, embedder: NAME}}}}\n",
      flags.pair.out, kBattles, kEmbeddings);
}

Result<void> Train(const TrainSwRankingFlags& flags) {
  const auto dataset = LoadTrainingData(PathsOf(flags.pair));
  if (!dataset) return tl::unexpected(dataset.error());
  const OutputFolder folder(flags.pair.out);
  if (!folder.usable())
    return Fail(ErrorCode::kInvalidRequest, "--out: cannot write there", flags.pair.out);
  const auto vectors = VectorsOfQueries(flags.vectors, *dataset);
  if (!vectors) return tl::unexpected(vectors.error());
  auto options = flags.options;
  options.strong_model = flags.pair.strong_model;
  options.weak_model = flags.pair.weak_model;
  const InterruptGuard guard;
  StepProgress shown;
  const auto training = training::TrainSwRanking(
      *dataset, vectors->rows, options,
      [&](std::size_t done, std::size_t total) { shown("judging held-out", done, total); },
      Interrupted());
  if (!training && training.error().code == ErrorCode::kCancelled) ExitInterrupted();
  if (!training) return tl::unexpected(training.error());
  if (auto saved = Save(*training, vectors->identity, *dataset, flags); !saved) return saved;
  PrintReport(*training, flags);
  return {};
}

}  // namespace

void AddTrainSwRanking(CLI::App& train) {
  CLI::App* ranking = train.add_subcommand(
      "sw_ranking", "A ranking of the models in which battles over similar prompts count more");
  auto flags = std::make_shared<TrainSwRankingFlags>();
  AddPairTrainingFlags(*ranking, flags->pair,
                       "Folder for battles.csv and embeddings.safetensors, which the router reads");
  AddVectorFlags(*ranking, flags->vectors);
  AddChoice(*ranking, "--sampled-votes", flags->options.sampled,
            "What becomes of votes that were drawn because a model won or lost "
            "(`sampled_for`, docs/formats/battles.md): plain (they count as any others) or "
            "left-out",
            {{"plain", SampledVotes::kPlain}, {"left-out", SampledVotes::kLeftOut}});
  ranking
      ->add_option("--judged", flags->options.most_judged,
                   "Held-out comparisons that the figures are made of, at most; each goes through "
                   "all battles")
      ->check(CLI::Range(20, 1000000))
      ->capture_default_str();
  ranking->add_option("--seed", flags->options.split.seed, "Of the queries that are held out")
      ->capture_default_str();
  ranking->footer(
      "Example:\n"
      "  routellm train sw_ranking --battles votes.csv --strong-model gpt-4-1106-preview \\\n"
      "    --weak-model mixtral-8x7b-instruct-v0.1 --embedder encoder --model-dir all-MiniLM-L6-v2 "
      "\\\n"
      "    --out sw_ranking");
  ranking->callback([flags] {
    if (const auto ok = Train(*flags); !ok) Exit(ok.error());
  });
}

}  // namespace routellm::cli
