#include "training/score_trainer.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "training/abilities.h"
#include "training/graded_answers.h"
#include "training/judged_battles.h"
#include "training/metrics.h"
#include "training/ordinal_model.h"
#include "training/pair_figures.h"
#include "training/prompt_invariance.h"
#include "training/prompt_matrix.h"
#include "training/response_rows.h"

namespace routellm::training {
namespace {

constexpr std::size_t kFolds = 10;
constexpr double kInvariancePenalty = 3000.0;
// The models that the calibration is for, by their coordinate: 0 is half-way between the default
// pair, -1/2 the weak one.
constexpr double kWeakest = -1.5;
constexpr double kAblest = 0.25;

// A tenth of the groups, spread evenly.
std::size_t FoldOf(std::uint32_t group) { return ((group * 2654435761ULL) >> 7) % kFolds; }

}  // namespace

struct ScoreTrainer::Prepared {
  data::Dataset dataset;
  ScoreTrainingOptions options;
  std::vector<double> abilities;  // by model
  AbilityScale ability_scale;
  std::vector<double> weights;  // by query
  routing::ColumnScale scale;
  Matrix columns;
  Vector relative_penalties;
  std::unique_ptr<const PromptInvariance> invariance;
  Strata strata;
  std::vector<char> grading;  // by source
  std::vector<OrdinalRow> rows;

  [[nodiscard]] OrdinalModel Fit(std::span<const char> kept) const {
    return FitOrdinalModel({columns, rows, strata.count, grading}, kept, relative_penalties,
                           kInvariancePenalty * invariance->SecondMoment(kept), {});
  }
  [[nodiscard]] bool IsWeak(const OrdinalRow& row) const {
    return row.coordinate >= kWeakest && row.coordinate <= kAblest;
  }
  // What the model expects of the answers of weak models to queries with kept == 0.
  void Judge(const OrdinalModel& model, std::span<const char> kept,
             std::vector<JudgedQuality>& judged) const;
  [[nodiscard]] Result<HeldOutScores> JudgeSource(const std::string& name,
                                                  const ModelSides& sides) const;
};

void ScoreTrainer::Prepared::Judge(const OrdinalModel& model, std::span<const char> kept,
                                   std::vector<JudgedQuality>& judged) const {
  for (const OrdinalRow& row : rows) {
    if (kept[row.query] != 0 || !IsWeak(row)) continue;
    judged.push_back({.quality = model.Quality(columns, row),
                      .low = row.low,
                      .high = row.high,
                      .weight = row.weight * weights[row.query]});
  }
}

ScoreTrainer::ScoreTrainer(std::unique_ptr<const Prepared> prepared)
    : prepared_(std::move(prepared)) {}
ScoreTrainer::ScoreTrainer(ScoreTrainer&&) noexcept = default;
ScoreTrainer& ScoreTrainer::operator=(ScoreTrainer&&) noexcept = default;
ScoreTrainer::~ScoreTrainer() = default;

namespace {

Result<double> AbilityOf(const data::Dataset& data, const std::vector<double>& abilities,
                         const std::string& model) {
  const auto found = std::find(data.models.begin(), data.models.end(), model);
  const auto index = static_cast<std::size_t>(found - data.models.begin());
  const bool graded = std::any_of(data.outcomes.begin(), data.outcomes.end(),
                                  [&](const data::Outcome& of) { return of.model == index; });
  if (graded) return abilities[index];
  return Fail(ErrorCode::kInvalidRequest, "the data hold no outcome of the model '" + model + "'");
}

// One row for each outcome; those of one query together count as little more than three.
std::vector<OrdinalRow> MakeRows(const data::Dataset& data, const std::vector<char>& grading,
                                 const std::vector<double>& abilities, const AbilityScale& scale,
                                 const Strata& strata) {
  std::vector<double> counts(data.queries.size());
  for (const data::Outcome& outcome : data.outcomes) counts[outcome.query] += 1.0;
  std::vector<OrdinalRow> rows;
  rows.reserve(data.outcomes.size());
  for (const GradedAnswer& answer : GradeAnswers(data, grading)) {
    rows.push_back({.query = answer.query,
                    .stratum = strata.of_query[answer.query],
                    .judge = data.queries[answer.query].source,
                    .low = answer.low,
                    .high = answer.high,
                    .ability = abilities[answer.model],
                    .coordinate = scale.Coordinate(abilities[answer.model]),
                    .weight = 3.0 / (counts[answer.query] + 2.0)});
  }
  return rows;
}

}  // namespace

Result<ScoreTrainer> ScoreTrainer::Create(data::Dataset dataset, ScoreTrainingOptions options) {
  const auto words = text::WordVectors::Create(options.words);
  if (!words) return tl::unexpected(words.error());
  auto prepared = std::make_unique<Prepared>();
  Prepared& p = *prepared;
  p.dataset = JudgedBattlesAsOutcomes(std::move(dataset));
  p.options = std::move(options);
  const data::Dataset& data = p.dataset;
  if (data.outcomes.empty())
    return Fail(ErrorCode::kInvalidData, "there are no outcomes to learn from");
  p.abilities = FitAbilities(data);
  const auto strong = AbilityOf(data, p.abilities, p.options.strong_model);
  if (!strong) return tl::unexpected(strong.error());
  const auto weak = AbilityOf(data, p.abilities, p.options.weak_model);
  if (!weak) return tl::unexpected(weak.error());
  if (*strong - *weak < 0.1) {
    return Fail(ErrorCode::kInvalidRequest, "the data do not show '" + p.options.strong_model +
                                                "' to be abler than '" + p.options.weak_model +
                                                "'");
  }
  p.ability_scale = {(*strong + *weak) / 2.0, *strong - *weak};
  std::vector<std::string_view> prompts;
  for (const data::DataQuery& query : data.queries) prompts.emplace_back(query.prompt);
  const std::vector<text::PromptFeatures> features = ExtractAll(prompts, *words);
  p.weights = SourceWeights(data);
  p.scale = FitScale(features, p.weights);
  p.columns = ColumnsOf(features, p.scale);
  p.relative_penalties = RelativePenalties();
  p.invariance =
      std::make_unique<const PromptInvariance>(data, p.weights, *words, p.scale, p.columns);
  p.strata = FindStrata(data, features);
  p.grading = FindGradingSources(data);
  p.rows = MakeRows(data, p.grading, p.abilities, p.ability_scale, p.strata);
  return ScoreTrainer(std::move(prepared));
}

ScoreTrainer::Training ScoreTrainer::Train() const {
  const Prepared& p = *prepared_;
  const data::Dataset& data = p.dataset;
  std::vector<JudgedQuality> judged;
  std::vector<char> kept(data.queries.size());
  for (std::size_t fold = 0; fold < kFolds; ++fold) {
    for (std::size_t q = 0; q < kept.size(); ++q)
      kept[q] = FoldOf(data.queries[q].group) != fold ? 1 : 0;
    p.Judge(p.Fit(kept), kept, judged);
  }
  const OrdinalCalibration calibration = CalibrateOrdinal(judged, true);
  for (JudgedQuality& one : judged) one.quality *= calibration.slope;

  Training training;
  training.held_out = JudgeScores(judged, calibration.thresholds);
  std::fill(kept.begin(), kept.end(), 1);
  const OrdinalModel model = p.Fit(kept);
  routing::ScoreCheckpoint& checkpoint = training.checkpoint;
  checkpoint.words = p.options.words;
  checkpoint.scale = p.scale;
  checkpoint.easiness =
      ToLinearFunction(calibration.slope * model.easiness, routing::kPromptColumns);
  checkpoint.discrimination =
      ToLinearFunction(calibration.slope * model.discrimination, routing::kPromptColumns);
  const double slope = calibration.slope * model.slope;
  checkpoint.ability_middle = slope * p.ability_scale.middle;
  checkpoint.ability_range = slope * p.ability_scale.range;
  checkpoint.thresholds = calibration.thresholds;
  checkpoint.strong_model = p.options.strong_model;
  checkpoint.weak_model = p.options.weak_model;
  std::vector<char> graded(data.models.size());
  for (const data::Outcome& outcome : data.outcomes) graded[outcome.model] = 1;
  for (std::size_t m = 0; m < graded.size(); ++m) {
    if (graded[m] == 0) continue;
    checkpoint.models.push_back(data.models[m]);
    checkpoint.abilities.push_back(slope * p.abilities[m]);
  }
  std::vector<WeightedValue> rates;
  for (std::uint32_t q = 0; q < data.queries.size(); ++q) {
    const OrdinalRow row{.query = q,
                         .ability = p.ability_scale.middle - 0.5 * p.ability_scale.range,
                         .coordinate = -0.5};
    const double quality = calibration.slope * model.Quality(p.columns, row);
    rates.push_back({1.0 - GoodChance(quality, calibration.thresholds), p.weights[q]});
  }
  checkpoint.win_rate_percentiles = Percentiles(std::move(rates));
  return training;
}

namespace {

// The queries of one source with answers of both sides, and the mean outcome of each side.
struct SideMeans {
  double score[2] = {0.0, 0.0};
  double count[2] = {0.0, 0.0};
};

}  // namespace

Result<HeldOutScores> ScoreTrainer::Prepared::JudgeSource(const std::string& name,
                                                          const ModelSides& sides) const {
  const auto found = std::find(dataset.sources.begin(), dataset.sources.end(), name);
  if (found == dataset.sources.end())
    return Fail(ErrorCode::kInvalidRequest, "the data hold no source '" + name + "'");
  const auto source = static_cast<std::uint32_t>(found - dataset.sources.begin());
  std::vector<int> side_of(dataset.models.size(), -1);
  const std::array<const std::vector<std::string>*, 2> names = {&sides.strong, &sides.weak};
  for (int side = 0; side < 2; ++side) {
    for (const std::string& model : *names[static_cast<std::size_t>(side)]) {
      const auto at = std::find(dataset.models.begin(), dataset.models.end(), model);
      if (at == dataset.models.end())
        return Fail(ErrorCode::kInvalidRequest, "the data hold no model '" + model + "'");
      side_of[static_cast<std::size_t>(at - dataset.models.begin())] = side;
    }
  }
  std::set<std::uint32_t> groups;
  for (const data::DataQuery& query : dataset.queries) {
    if (query.source == source) groups.insert(query.group);
  }
  std::vector<char> kept(dataset.queries.size());
  for (std::size_t q = 0; q < kept.size(); ++q)
    kept[q] = groups.contains(dataset.queries[q].group) ? 0 : 1;
  const OrdinalModel model = Fit(kept);

  std::map<std::uint32_t, SideMeans> means;
  std::vector<JudgedQuality> judged;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const OrdinalRow& row = rows[i];
    const data::Outcome& outcome = dataset.outcomes[i];
    const int side = side_of[outcome.model];
    if (side < 0 || dataset.queries[row.query].source != source) continue;
    SideMeans& mean = means[row.query];
    mean.score[side] += double{outcome.score};
    mean.count[side] += 1.0;
    if (side == 1) judged.push_back({model.Quality(columns, row), row.low, row.high, 1.0});
  }
  HeldOutScores scores{.name = name, .figures = JudgeScores(judged, model.thresholds)};
  std::vector<Judged> by_win_rate;
  std::vector<Judged> by_length;
  for (const auto& [query, mean] : means) {
    if (mean.count[0] == 0.0 || mean.count[1] == 0.0) continue;
    const OrdinalRow row{.query = query,
                         .ability = ability_scale.middle - 0.5 * ability_scale.range,
                         .coordinate = -0.5};
    const double gain = mean.score[0] / mean.count[0] - mean.score[1] / mean.count[1];
    const auto preference = static_cast<float>((1.0 + gain) / 2.0);
    by_win_rate.push_back({static_cast<float>(-model.Quality(columns, row)), preference});
    by_length.push_back({static_cast<float>(dataset.queries[query].prompt.size()), preference});
  }
  scores.queries = by_win_rate.size();
  scores.apgr = AveragePerformanceGapRecovered(by_win_rate).Value(0.5);
  scores.length_apgr = AveragePerformanceGapRecovered(by_length).Value(0.5);
  return scores;
}

Result<std::vector<HeldOutScores>> ScoreTrainer::LeaveSourcesOut(const SidesBySource& sides) const {
  std::vector<HeldOutScores> all;
  for (const auto& [name, of_source] : sides) {
    auto scores = prepared_->JudgeSource(name, of_source);
    if (!scores) return tl::unexpected(scores.error());
    all.push_back(*std::move(scores));
  }
  return all;
}

}  // namespace routellm::training
