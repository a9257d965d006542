#include "cli/train_own_labels.h"

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>

#include "cli/interrupt.h"
#include "routing/builtin_checkpoint.h"
#include "training/labelled_prompts.h"

namespace routellm::cli {
namespace {

using training::Figure;
using training::HeldOutReport;
using training::OwnLabelsTraining;
using training::PairLabels;
using training::ScorerReport;
using training::Verdict;

constexpr std::size_t kFewLabels = 200;

Result<routing::MfCheckpoint> LoadInitial(const std::string& init) {
  if (init != "builtin") return routing::LoadMfCheckpoint(init);
  return routing::ParseMfCheckpoint(routing::BuiltinMfCheckpoint(), "the built-in checkpoint");
}

Result<void> CheckFlags(const OwnLabelsFlags& flags) {
  if (flags.options.strong_model.empty() || flags.options.weak_model.empty()) {
    return Fail(ErrorCode::kInvalidRequest,
                "name the pair that the labels are of: --strong-model and --weak-model (or train a "
                "whole router from data on many models, with --init none)");
  }
  if (flags.data.empty()) {
    return Fail(ErrorCode::kInvalidRequest,
                "nothing to train on: give --outcomes, --battles or --scores");
  }
  return {};
}

void PrintLabels(const PairLabels& found, const training::OwnLabelsOptions& options) {
  const auto say = [](std::size_t count, const std::string& what) {
    if (count > 0) fmt::print(stderr, "{} {}\n", count, what);
  };
  fmt::print(stderr, "{} labelled prompts of {} and {}\n", found.labels.size(),
             options.strong_model, options.weak_model);
  say(found.one_sided, "prompts were judged for one of the two models only, and are left out");
  say(found.empty, "prompts are empty, and are left out");
  say(found.repeated,
      fmt::format("prompts were judged more than once, {} of them in different ways: the mean of "
                  "their judgements is taken",
                  found.contradicting));
}

std::string Shown(const Figure& figure) {
  return fmt::format("{:.3f} [{:.3f}, {:.3f}]", figure.value, figure.low, figure.high);
}

void PrintTable(const HeldOutReport& report) {
  fmt::print("{:<12} {:<22} {:<22} {:<22}\n", "", "APGR", "AUC", "calibration error");
  for (const ScorerReport& scorer : report.scorers) {
    fmt::print("{:<12} {:<22} {:<22} {:<22}\n", scorer.name,
               report.has_gap ? Shown(scorer.apgr) : "-",
               report.has_losses ? Shown(scorer.auc) : "-",
               scorer.calibration_error ? Shown(*scorer.calibration_error) : "-");
  }
}

// Two figures that count, for a number that is itself an estimate.
std::size_t Rounded(std::size_t count) {
  double unit = 1.0;
  while (static_cast<double>(count) / unit >= 100.0) unit *= 10.0;
  return static_cast<std::size_t>(std::ceil(static_cast<double>(count) / unit) * unit);
}

std::string VerdictOf(const HeldOutReport& report) {
  switch (report.verdict) {
    case Verdict::kBetter:
      return "Better than the default on prompts like these.";
    case Verdict::kWorse:
      return "Worse than the default on prompts like these: keep the default.";
    case Verdict::kNotDistinguishable:
      break;
  }
  if (report.more_labels == 0) {
    return fmt::format(
        "Not distinguishable from the default: keep the default. These labels would show a "
        "difference of {:.2f}.",
        training::kLeastDifference);
  }
  return fmt::format(
      "Not distinguishable from the default by these labels: keep the default, or label about {} "
      "more.",
      Rounded(report.more_labels));
}

// Whether the default's win rates are not to be taken at their word, and the own ones more so.
bool IsBetterCalibrated(const HeldOutReport& report) {
  const auto& own = report.scorers[0].calibration_error;
  const auto& before = report.scorers[1].calibration_error;
  return own && before && own->high < before->low;
}

void PrintReport(const OwnLabelsTraining& training, const OwnLabelsFlags& flags) {
  const HeldOutReport& report = training.held_out;
  fmt::print("{} labels; {} scores {} above {} in the mean\n", report.labels,
             flags.options.strong_model, Shown(report.mean_gain), flags.options.weak_model);
  if (!training.models_known) {
    fmt::print(
        "not both models are known to the initial checkpoint: its default pair, {} and {}, "
        "stands for them\n",
        training.default_pair.first, training.default_pair.second);
  }
  if (report.mean_gain.high < 0.0) {
    fmt::print(
        "WARNING: {} is the better model by these labels: are the names the right way "
        "round?\n",
        flags.options.weak_model);
  } else if (!report.has_gap) {
    fmt::print(
        "WARNING: by these labels the models are too close for a gap to recover: judged by "
        "AUC alone\n");
  }
  if (report.labels < kFewLabels)
    fmt::print("WARNING: with less than {} labels, little can be learnt\n", kFewLabels);
  fmt::print("\nHeld out in {} folds, {} time{} (95 % intervals over resampled prompts)\n\n",
             training.folds, training.repeats, training.repeats == 1 ? "" : "s");
  PrintTable(report);
  fmt::print("\n{} less the default's: {:+.3f} [{:+.3f}, {:+.3f}]\n",
             report.has_gap ? "APGR" : "AUC", report.difference.value, report.difference.low,
             report.difference.high);
  fmt::print("{}\n", VerdictOf(report));
  if (IsBetterCalibrated(report))
    fmt::print("Its win rates are better calibrated for this pair than the default's.\n");
  fmt::print("\nThe router is {}.\n", training.learnt);
  fmt::print("wrote {} ({} bytes)\n", flags.out, std::filesystem::file_size(flags.out));
}

std::map<std::string, std::string, std::less<>> Notes(const OwnLabelsTraining& training,
                                                      const OwnLabelsFlags& flags,
                                                      const data::Dataset& dataset) {
  const HeldOutReport& report = training.held_out;
  std::map<std::string, std::string, std::less<>> notes = {
      {"initial", flags.init},
      {"labels", std::to_string(report.labels)},
      {"sources", fmt::format("{}", fmt::join(dataset.sources, ", "))},
      {"held_out_difference", Shown(report.difference)},
      {"held_out_verdict", VerdictOf(report)}};
  for (const ScorerReport& scorer : report.scorers) {
    std::string figures = "AUC " + Shown(scorer.auc);
    if (report.has_gap) figures = fmt::format("APGR {}, {}", Shown(scorer.apgr), figures);
    if (scorer.calibration_error) figures += ", ECE " + Shown(*scorer.calibration_error);
    notes.emplace("held_out_" + scorer.name, figures);
  }
  return notes;
}

// The line of progress, on a terminal.
class Progress {
 public:
  bool operator()(std::size_t done, std::size_t all) const {
    if (terminal_) fmt::print(stderr, "\rtraining: {} of {}{}", done, all, done == all ? "\n" : "");
    return !Interrupted();
  }

 private:
  const bool terminal_ = isatty(STDERR_FILENO) != 0;
};

}  // namespace

Result<void> TrainOwnLabels(const OwnLabelsFlags& flags) {
  if (auto ok = CheckFlags(flags); !ok) return ok;
  const InterruptGuard guard;
  const auto initial = LoadInitial(flags.init);
  if (!initial) return tl::unexpected(initial.error());
  data::DataPaths paths = flags.data;
  paths.scored = {.scored = flags.options.weak_model, .reference = flags.options.strong_model};
  const auto dataset = data::LoadDataset(paths);
  if (!dataset) return tl::unexpected(dataset.error());
  auto found =
      training::FindPairLabels(*dataset, flags.options.strong_model, flags.options.weak_model);
  if (!found) return tl::unexpected(found.error());
  PrintLabels(*found, flags.options);
  auto options = flags.options;
  std::optional<TrainingVectors> vectors;
  if (UsesVectors(flags.vectors)) {
    auto of_queries = VectorsOfQueries(flags.vectors, *dataset);
    if (!of_queries) return tl::unexpected(of_queries.error());
    vectors = *std::move(of_queries);
    options.embedder = vectors->identity;
    for (std::size_t i = 0; i < found->labels.size(); ++i)
      found->labels[i].embedding = vectors->rows.Row(found->queries[i]);
  }
  auto training = training::TrainOnOwnLabels(*initial, found->labels, options, Progress{});
  if (!training) return tl::unexpected(training.error());
  training->checkpoint.notes = Notes(*training, flags, *dataset);
  if (Interrupted()) return Fail(ErrorCode::kCancelled, "interrupted");
  if (auto saved = SaveMfCheckpoint(training->checkpoint, flags.out); !saved) return saved;
  PrintReport(*training, flags);
  return {};
}

}  // namespace routellm::cli
