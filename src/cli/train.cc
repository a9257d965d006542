#include "cli/commands.h"
#include "cli/train_routers.h"

namespace routellm::cli {

void AddTrain(CLI::App& app) {
  CLI::App* train = app.add_subcommand("train", "Train a router on outcomes, battles or scores");
  train->require_subcommand(1);
  train->footer(
      "Example:\n  routellm train mf --outcomes my/outcomes --strong-model big --weak-model small "
      "--out "
      "my.safetensors");
  AddTrainMf(*train);
  AddTrainMfEmbedding(*train);
  AddTrainSwRanking(*train);
  AddTrainKnn(*train);
  AddTrainScore(*train);
  AddTrainBertHead(*train);
  AddTrainWords(*train);
}

}  // namespace routellm::cli
