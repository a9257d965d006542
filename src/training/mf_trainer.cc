#include "training/mf_trainer.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "training/calibration.h"
#include "training/mf_export.h"

namespace routellm::training {
namespace {

constexpr std::size_t kCalibrationBins = 10;

Result<std::uint32_t> FindName(const std::vector<std::string>& names, std::string_view kind,
                               const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<std::uint32_t>(found - names.begin());
  return Fail(ErrorCode::kInvalidRequest, fmt::format("the data have no {} '{}'", kind, name));
}

Result<void> CheckOptions(const MfTrainingOptions& options) {
  const auto refuse = [](const char* what) { return Fail(ErrorCode::kInvalidRequest, what); };
  if (options.hyper.dim < 2 || options.hyper.dim > routing::MfCheckpoint::kMaxDimension) {
    return refuse("the dimension must lie in [2, 4096]");
  }
  if (options.hyper.epochs == 0) return refuse("there must be at least one epoch");
  if (options.threads == 0) return refuse("there must be at least one thread");
  if (!(options.validation > 0.0 && options.validation < 1.0)) {
    return refuse("the share that is held out must lie between 0 and 1");
  }
  if (options.strong_model == options.weak_model) {
    return refuse("the strong and the weak model must be different");
  }
  return {};
}

Result<ModelPair> FindPair(const data::Dataset& dataset, const MfTrainingOptions& options) {
  const auto strong = FindName(dataset.models, "model", options.strong_model);
  if (!strong) return tl::unexpected(strong.error());
  const auto weak = FindName(dataset.models, "model", options.weak_model);
  if (!weak) return tl::unexpected(weak.error());
  return ModelPair{*strong, *weak};
}

Result<Split> MakeSplit(const TrainingSet& set, const MfTrainingOptions& options) {
  Split split;
  if (options.holdout_source.empty()) {
    split = SplitByGroup(set, options.validation, options.seed);
  } else {
    const auto source = FindName(set.sources, "source", options.holdout_source);
    if (!source) return tl::unexpected(source.error());
    split = SplitBySource(set, *source);
  }
  if (split.training.empty() || split.held_out.empty()) {
    return Fail(ErrorCode::kInvalidData, "too little data",
                fmt::format("{} queries to train on and {} held out", split.training.size(),
                            split.held_out.size()));
  }
  return split;
}

struct BestModel {
  MfModel model;
  HeldOutReport held_out;
  std::size_t epoch = 0;  // 0: none
};

// nullopt if the observer stopped it.
std::optional<BestModel> Optimise(MfOptimizer& optimizer, const HeldOut& held_out,
                                  const Split& split, const MfTrainingOptions& options,
                                  TrainingObserver& observer) {
  BestModel best;
  const std::size_t total = split.training.size() * options.hyper.epochs;
  for (std::size_t epoch = 1; epoch <= options.hyper.epochs; ++epoch) {
    bool stopped = false;
    EpochSummary summary;
    const auto start = std::chrono::steady_clock::now();
    summary.training_loss = optimizer.RunEpoch(epoch - 1, [&](std::size_t done) {
      stopped = !observer.OnBatch((epoch - 1) * split.training.size() + done, total);
      return !stopped;
    });
    if (stopped) return std::nullopt;
    summary.epoch = epoch;
    summary.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    summary.queries = split.training.size();
    summary.held_out = held_out.Evaluate(optimizer.model());
    observer.OnEpoch(summary);
    if (best.epoch == 0 || summary.held_out.all.loss < best.held_out.all.loss) {
      best = {optimizer.model(), std::move(summary.held_out), epoch};
    }
    if (epoch >= best.epoch + options.patience) break;
  }
  return best;
}

void AddNotes(const TrainingSet& set, const Split& split, const MfTraining& training,
              std::map<std::string, std::string, std::less<>>& notes) {
  std::string sources;
  for (const std::string& source : set.sources) sources += (sources.empty() ? "" : ", ") + source;
  notes["training_sources"] = sources;
  notes["training_queries"] = std::to_string(split.training.size());
  notes["held_out_queries"] = std::to_string(split.held_out.size());
  notes["held_out_loss"] = fmt::format("{:.4f}", training.held_out.all.loss);
  notes["held_out_auc"] = fmt::format("{:.4f}", training.held_out.all.auc);
  notes["held_out_apgr"] = fmt::format("{:.4f}", training.held_out.all.apgr);
  notes["calibration_error"] = fmt::format("{:.4f}", training.calibration_error);
}

// The default pair's win rates at each percent of the queries, a query of each source weighing its
// weight.
std::vector<double> WinRatePercentiles(const TrainingSet& set,
                                       const std::vector<std::uint32_t>& queries,
                                       const std::vector<float>& source_weight,
                                       const std::vector<float>& logits,
                                       const Calibration& calibration) {
  constexpr double kDecimals = 1e6;  // enough, and short in the file
  constexpr std::size_t kLast = routing::MfCheckpoint::kPercentiles - 1;
  std::vector<Judged> win_rates;
  double total = 0.0;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    win_rates.push_back({logits[i], 0.5F, source_weight[set.queries[queries[i]].source]});
    total += win_rates.back().weight;
  }
  win_rates = Calibrated(std::move(win_rates), calibration);
  std::sort(win_rates.begin(), win_rates.end(),
            [](const Judged& x, const Judged& y) { return x.score < y.score; });
  std::vector<double> percentiles;
  const auto add = [&](float win_rate) {
    percentiles.push_back(std::round(double{win_rate} * kDecimals) / kDecimals);
  };
  double below = 0.0;
  for (const Judged& item : win_rates) {
    below += item.weight;
    while (percentiles.size() < kLast &&
           below >= total * static_cast<double>(percentiles.size()) / double{kLast}) {
      add(item.score);
    }
  }
  while (percentiles.size() <= kLast) add(win_rates.back().score);
  return percentiles;
}

}  // namespace

Result<std::optional<MfTraining>> TrainMf(const data::Dataset& dataset,
                                          const MfTrainingOptions& options,
                                          TrainingObserver& observer) {
  if (auto ok = CheckOptions(options); !ok) return tl::unexpected(ok.error());
  const auto extractor = text::HashedFeatures::Create(options.features);
  if (!extractor) return tl::unexpected(extractor.error());
  const auto pair = FindPair(dataset, options);
  if (!pair) return tl::unexpected(pair.error());
  Crew crew(options.threads);
  const TrainingSet set = MakeTrainingSet(dataset, *extractor, options.max_prompt_bytes, crew);
  const auto split = MakeSplit(set, options);
  if (!split) return tl::unexpected(split.error());

  MfOptimizer optimizer(set, split->training, options.features.Buckets(), options.hyper,
                        options.seed, crew);
  const HeldOut held_out(set, *split, optimizer.source_weight(), *pair, crew);
  auto best = Optimise(optimizer, held_out, *split, options, observer);
  if (!best) return std::optional<MfTraining>();

  MfTraining training;
  training.best_epoch = best->epoch;
  training.held_out = std::move(best->held_out);
  training.checkpoint = MakeCheckpoint(set, split->training, optimizer.source_weight(), best->model,
                                       options.features, *pair);
  const auto logits = DefaultPairLogits(training.checkpoint, set, split->held_out);
  if (!logits) return tl::unexpected(logits.error());
  const auto judged = PairJudgements(set, split->held_out, *logits, *pair);
  const Calibration calibration = FitCalibration(judged);
  training.checkpoint.slope = calibration.slope;
  training.checkpoint.offset = calibration.offset;
  training.calibration_comparisons = judged.size();
  training.calibration_error = CrossFittedCalibrationError(judged, kCalibrationBins);
  AddNotes(set, *split, training, training.checkpoint.notes);
  training.checkpoint.win_rate_percentiles =
      WinRatePercentiles(set, split->held_out, optimizer.source_weight(), *logits, calibration);
  return std::optional<MfTraining>(std::move(training));
}

}  // namespace routellm::training
