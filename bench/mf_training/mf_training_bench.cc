// Training of `mf` on embeddings: `mf_training_bench BATTLES VECTORS STRONG WEAK [NAME=VALUE ...]`,
// with the names of the flags of `routellm train mf-embedding`. Prints, as JSON, for each epoch the
// processor and the wall time since the beginning, in seconds, and the validation loss, and the
// figures of the end; compare.py sets them beside PyTorch's.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <time.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "data/dataset.h"
#include "embedding/vector_file.h"
#include "training/mf_embedding_trainer.h"

namespace routellm {
namespace {

double Seconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

template <typename T>
T OrExit(Result<T> result) {
  if (result) return *std::move(result);
  fmt::print(stderr, "mf_training_bench: {}\n", result.error().ToString());
  std::exit(1);
}

void Set(training::MfEmbeddingOptions& options, const std::string& argument) {
  const std::size_t at = argument.find('=');
  const std::string name = argument.substr(0, at);
  const double value = std::strtod(argument.c_str() + at + 1, nullptr);
  if (name == "dimension") options.dimension = static_cast<std::size_t>(value);
  if (name == "batch") options.batch = static_cast<std::size_t>(value);
  if (name == "noise") options.noise = {value};
  if (name == "rate") options.rate = value;
  if (name == "patience") options.patience = static_cast<std::size_t>(value);
}

int Run(const std::vector<std::string>& arguments) {
  const auto dataset = OrExit(data::LoadDataset({.outcomes = {}, .battles = {arguments[0]}}));
  const auto vectors = OrExit(embedding::LoadVectors(arguments[1]));
  training::MfEmbeddingOptions options{.strong_model = arguments[2], .weak_model = arguments[3]};
  for (std::size_t i = 4; i < arguments.size(); ++i) Set(options, arguments[i]);
  const double cpu = Seconds(CLOCK_PROCESS_CPUTIME_ID);
  const double wall = Seconds(CLOCK_MONOTONIC);
  std::vector<std::string> epochs;
  const std::atomic<bool> cancelled = false;
  const auto training = OrExit(training::TrainMfEmbedding(
      dataset, vectors, {}, options,
      [&](const training::EpochProgress& epoch) {
        epochs.push_back(fmt::format("{{\"cpu\": {}, \"wall\": {}, \"loss\": {}}}",
                                     Seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu,
                                     Seconds(CLOCK_MONOTONIC) - wall, epoch.validation_loss));
      },
      cancelled));
  fmt::print(
      "{{\"epochs\": [{}],\n \"held_out\": {{\"loss\": {}, \"strengths\": {}, \"auc\": {}, "
      "\"accuracy\": {}, \"ece\": {}}}, \"ranking\": {{\"auc\": {}, \"apgr\": {}}}}}\n",
      fmt::join(epochs, ",\n  "), training.held_out.loss, training.held_out.strengths_loss,
      training.held_out.auc, training.held_out.accuracy, training.held_out.calibration_error,
      training.ranking.auc, training.ranking.apgr);
  return 0;
}

}  // namespace
}  // namespace routellm

int main(int argc, char** argv) {
  if (argc < 5) {
    fmt::print(stderr, "Usage: mf_training_bench BATTLES VECTORS STRONG WEAK [NAME=VALUE ...]\n");
    return 2;
  }
  return routellm::Run({argv + 1, argv + argc});
}
