#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/train_routers.h"
#include "data/dataset.h"
#include "routing/mf_checkpoint.h"
#include "training/mf_trainer.h"

namespace routellm::cli {
namespace {

std::string Minutes(double seconds) {
  const auto whole = std::lround(seconds);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

// Shows the run on standard error: a line for each epoch and, on a terminal, where it is within the
// epoch.
class Progress final : public training::TrainingObserver {
 public:
  bool OnBatch(std::size_t done, std::size_t total) override {
    const auto now = std::chrono::steady_clock::now();
    if (terminal_ && now - shown_ > std::chrono::milliseconds(200)) {
      shown_ = now;
      const double rate = Rate(done);
      fmt::print(stderr, "\r{:3.0f}%  {:.0f} examples/s  ETA {}   ",
                 100.0 * static_cast<double>(done) / static_cast<double>(total), rate,
                 Minutes(static_cast<double>(total - done) / rate));
    }
    done_ = done;
    total_ = total;
    return !Interrupted();
  }

  void OnEpoch(const training::EpochSummary& summary) override {
    const auto& held_out = summary.held_out;
    const double rate = static_cast<double>(summary.queries) / summary.seconds;
    fmt::print(
        stderr,
        "{}epoch {:2}  {:.0f} examples/s  ETA {}  loss {:.4f}  held out: loss {:.4f}  AUC {:.4f}  "
        "gain AUC {:.4f}  APGR {:.4f}  default pair: loss {:.4f}  gain AUC {:.4f}  APGR {:.4f}\n",
        terminal_ ? "\r" : "", summary.epoch, rate,
        Minutes(static_cast<double>(total_ - done_) / Rate(done_)), summary.training_loss,
        held_out.all.loss, held_out.all.auc, held_out.all.gain_auc, held_out.all.apgr,
        held_out.default_pair.loss, held_out.default_pair.gain_auc, held_out.default_pair.apgr);
  }

 private:
  [[nodiscard]] double Rate(std::size_t done) const {
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start_;
    return static_cast<double>(std::max<std::size_t>(done, 1)) / std::max(elapsed.count(), 1e-3);
  }

  const bool terminal_ = isatty(STDERR_FILENO) != 0;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point shown_ = start_;
  std::size_t done_ = 0;
  std::size_t total_ = 0;
};

struct TrainFlags {
  data::DataPaths data;
  std::string out;
  training::MfTrainingOptions options;
};

void PrintReport(const training::MfTraining& training, const training::MfTrainingOptions& options) {
  fmt::print("held out by epoch {} (gain AUC and APGR: see docs/guides/training.md)\n\n",
             training.best_epoch);
  fmt::print("{:<24} {:>8} {:>8} {:>8} {:>8} {:>9} {:>8}\n", "source", "queries", "loss", "AUC",
             "ECE", "gain AUC", "APGR");
  const auto line = [](const training::HeldOutFigures& figures) {
    fmt::print("{:<24} {:>8} {:>8.4f} {:>8.4f} {:>8.4f} {:>9.4f} {:>8.4f}\n", figures.name,
               figures.queries, figures.loss, figures.auc, figures.calibration_error,
               figures.gain_auc, figures.apgr);
  };
  for (const auto& source : training.held_out.sources) line(source);
  line(training.held_out.all);
  line(training.held_out.default_pair);
  fmt::print(
      "\ncalibration of {} over {}: slope {:.3f}, offset {:.3f}, from {} comparisons; expected "
      "error {:.4f}\n",
      options.strong_model, options.weak_model, training.checkpoint.slope,
      training.checkpoint.offset, training.calibration_comparisons, training.calibration_error);
}

// Before the work begins: a folder that cannot be written to should not cost a training run.
void CheckOutput(const std::string& out) {
  const auto folder = std::filesystem::absolute(out).parent_path();
  if (access(folder.c_str(), W_OK) != 0 || std::filesystem::is_directory(out)) {
    Exit({ErrorCode::kInvalidRequest, "--out: cannot write there", out});
  }
}

void Train(const TrainFlags& flags) {
  if (flags.data.outcomes.empty() && flags.data.battles.empty()) {
    Exit({ErrorCode::kInvalidRequest, "nothing to train on: give --outcomes, --battles or both",
          ""});
  }
  CheckOutput(flags.out);
  const InterruptGuard guard;
  const auto dataset = data::LoadDataset(flags.data);
  if (!dataset) Exit(dataset.error());
  fmt::print(stderr, "{} queries of {} sources, {} models, {} outcomes, {} battles\n",
             dataset->queries.size(), dataset->sources.size(), dataset->models.size(),
             dataset->outcomes.size(), dataset->battles.size());
  Progress progress;
  const auto training = training::TrainMf(*dataset, flags.options, progress);
  if (!training) Exit(training.error());
  if (!*training || Interrupted()) {
    fmt::print(stderr, "\nroutellm: interrupted; nothing was written\n");
    throw CLI::RuntimeError(kExitInterrupted);
  }
  if (auto saved = routing::SaveMfCheckpoint((*training)->checkpoint, flags.out); !saved)
    Exit(saved.error());
  PrintReport(**training, flags.options);
  fmt::print("wrote {} ({} bytes)\n", flags.out, std::filesystem::file_size(flags.out));
}

void AddMf(CLI::App& train) {
  auto flags = std::make_shared<TrainFlags>();
  auto& options = flags->options;
  options.strong_model = "gpt-4-1106-preview";
  options.weak_model = "mixtral-8x7b-instruct-v0.1";
  options.threads = std::max(1U, std::thread::hardware_concurrency());

  CLI::App* mf = train.add_subcommand(
      "mf", "The built-in kind of router: matrix factorisation over hashed text features");
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
  mf->add_option("--dim", options.hyper.dim, "Dimension of models and projected prompts")
      ->capture_default_str();
  mf->add_option("--bucket-bits", options.features.bucket_bits,
                 "Hashed features fall into 2^N buckets")
      ->capture_default_str();
  mf->add_option("--epochs", options.hyper.epochs, "Times through the data, at most")
      ->capture_default_str();
  mf->add_option("--patience", options.patience,
                 "Stop after this many epochs without a better held-out loss")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  mf->add_option("--threads", options.threads, "The result does not depend on it")
      ->capture_default_str();
  mf->add_option("--seed", options.seed, "Equal data, options and seed give equal bytes")
      ->capture_default_str();
  auto* validation =
      mf->add_option("--validation", options.validation, "Share of the queries that is held out")
          ->capture_default_str();
  mf->add_option("--holdout-source", options.holdout_source, "Hold out all of this source instead")
      ->type_name("NAME")
      ->excludes(validation);
  mf->footer(
      "Example:\n"
      "  routellm train mf --outcomes data/outcomes --battles data/preferences --out "
      "my.safetensors");
  mf->callback([flags] { Train(*flags); });
}

}  // namespace

void AddTrain(CLI::App& app) {
  CLI::App* train = app.add_subcommand("train", "Train a router on outcomes and battles");
  train->require_subcommand(1);
  train->footer(
      "Example:\n  routellm train mf --outcomes data/outcomes --battles data/preferences --out "
      "my.safetensors");
  AddMf(*train);
  AddTrainKnn(*train);
}

}  // namespace routellm::cli
