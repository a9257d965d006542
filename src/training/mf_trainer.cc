#include "training/mf_trainer.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>
#include <set>
#include <span>

#include "routing/mf_functions.h"
#include "text/utf8.h"
#include "training/abilities.h"
#include "training/calibration.h"
#include "training/chat_model.h"
#include "training/judged_battles.h"
#include "training/metrics.h"
#include "training/prompt_invariance.h"
#include "training/prompt_matrix.h"
#include "training/response_model.h"
#include "training/response_rows.h"

namespace routellm::training {
namespace {

using routing::kPromptColumns;
using routing::MfFunctions;
using routing::PromptColumns;

constexpr std::size_t kFolds = 10;
constexpr std::size_t kBins = 10;
constexpr std::size_t kBootstraps = 200;
constexpr double kChatShare = 0.4;  // votes and judges disagree on chat

std::vector<std::string_view> Prompts(const data::Dataset& dataset) {
  std::vector<std::string_view> prompts;
  prompts.reserve(dataset.queries.size());
  for (const data::DataQuery& query : dataset.queries) prompts.emplace_back(query.prompt);
  return prompts;
}

PromptColumns Column(const Matrix& columns, std::size_t query) {
  PromptColumns column{};
  for (std::size_t c = 0; c < kPromptColumns; ++c)
    column[c] =
        static_cast<float>(columns(static_cast<Eigen::Index>(c), static_cast<Eigen::Index>(query)));
  return column;
}

// A tenth of the groups, spread evenly.
std::size_t FoldOf(std::uint32_t group) { return ((group * 2654435761ULL) >> 7) % kFolds; }

}  // namespace

struct MfTrainer::Prepared {
  data::Dataset dataset;
  text::WordTable words;
  routing::PairAbilities pair;
  std::string strong_model;
  std::string weak_model;

  std::vector<double> weights;  // by query
  routing::ColumnScale scale;
  Matrix columns;
  Vector relative_penalties;
  std::optional<PromptInvariance> invariance;  // set once the columns are
  std::vector<double> abilities;               // by model
  AbilityScale ability_scale;
  std::vector<ResponseRow> rows;
  Strata strata;
  std::vector<char> is_chat;  // by query: people voted on it
  std::vector<double> vote_strengths;

  // The functions as the kept queries teach them.
  [[nodiscard]] MfFunctions Fit(std::span<const char> kept) const;
  [[nodiscard]] double Gap(const MfFunctions& functions, std::size_t query,
                           const routing::PairAbilities& models) const {
    return routing::PartsOf(functions, Column(columns, query), models).Gap();
  }
  void Calibrate(Training& training) const;
  [[nodiscard]] std::vector<double> Percentiles(const Training& training) const;
};

namespace {

// The constant of the preference: votes on chat are to be as far apart in the mean as graded
// answers are, so that the mixture changes the order of prompts within chat and not between chat
// and exams.
double MatchingConstant(const std::vector<double>& preferences, double mean_gap) {
  double low = -10.0;
  double high = 10.0;
  for (int iteration = 0; iteration < 60; ++iteration) {
    const double constant = (low + high) / 2.0;
    double mean = 0.0;
    for (const double preference : preferences) mean += 2.0 * Sigmoid(constant + preference) - 1.0;
    (mean / static_cast<double>(preferences.size()) < mean_gap ? low : high) = constant;
  }
  return (low + high) / 2.0;
}

}  // namespace

MfFunctions MfTrainer::Prepared::Fit(std::span<const char> kept) const {
  const Matrix moment = invariance->SecondMoment(kept);
  const ResponseModel model =
      FitResponseModel({columns, rows, strata, ability_scale}, kept, relative_penalties, moment);
  MfFunctions functions{.easiness = ToLinearFunction(model.easiness, kPromptColumns),
                        .discrimination = ToLinearFunction(model.discrimination, kPromptColumns),
                        .ability_middle = ability_scale.middle,
                        .ability_range = ability_scale.range,
                        .is_chat = {std::vector<float>(routing::kBaseColumns), 0.0},
                        .preference = {std::vector<float>(routing::kBaseColumns), 0.0},
                        .chat_share = 0.0};
  std::vector<std::size_t> chat;
  for (std::size_t q = 0; q < kept.size(); ++q) {
    if (kept[q] != 0 && is_chat[q] != 0) chat.push_back(q);
  }
  if (chat.empty()) return functions;

  functions.is_chat = ToLinearFunction(
      FitIsChat(columns, is_chat, kept, weights, relative_penalties), routing::kBaseColumns);
  Vector preference(routing::kBaseColumns + 1);
  preference << FitPreference(dataset, vote_strengths, columns, kept, relative_penalties, moment),
      0.0;
  functions.preference = ToLinearFunction(preference, routing::kBaseColumns);
  double mean_gap = 0.0;
  std::vector<double> preferences;
  preferences.reserve(chat.size());
  for (const std::size_t query : chat) {
    mean_gap += Gap(functions, query, pair) / static_cast<double>(chat.size());
    preferences.push_back(functions.preference(Column(columns, query)));
  }
  functions.preference.bias = MatchingConstant(preferences, mean_gap);
  functions.chat_share = kChatShare;
  return functions;
}

// Predicts each tenth of the groups from the others, and fits the calibration on all of them. The
// strong and the weak models of a query count as a pair by their mean scores and abilities.
void MfTrainer::Prepared::Calibrate(Training& training) const {
  struct Sides {
    const ResponseRow* strong = nullptr;
    const ResponseRow* weak = nullptr;
  };
  std::vector<Sides> sides(dataset.queries.size());
  for (const ResponseRow& row : rows) {
    Sides& of = sides[row.query];
    if (row.level == 0) of.strong = &row;
    if (row.level == 1 || (row.level == 2 && of.weak == nullptr)) of.weak = &row;
  }
  std::vector<Judged> judged;
  std::vector<char> kept(dataset.queries.size());
  for (std::size_t fold = 0; fold < kFolds; ++fold) {
    for (std::size_t q = 0; q < kept.size(); ++q)
      kept[q] = FoldOf(dataset.queries[q].group) != fold ? 1 : 0;
    const MfFunctions functions = Fit(kept);
    for (std::size_t q = 0; q < kept.size(); ++q) {
      const auto [strong, weak] = sides[q];
      if (kept[q] != 0 || strong == nullptr || weak == nullptr) continue;
      const double gap = Gap(functions, q, {strong->ability, weak->ability});
      judged.push_back({static_cast<float>(routing::GapLogit(gap)),
                        static_cast<float>((1.0 + strong->score - weak->score) / 2.0),
                        static_cast<float>(weights[q])});
    }
  }
  const Calibration fitted = FitCalibration(judged);
  training.checkpoint.calibration = {fitted.slope, fitted.offset};
  training.calibration_error = CrossFittedCalibrationError(judged, kBins);
  training.calibration_queries = judged.size();
}

std::vector<double> MfTrainer::Prepared::Percentiles(const Training& training) const {
  const routing::MfCheckpoint& checkpoint = training.checkpoint;
  std::vector<std::pair<double, double>> rates;  // and their weights
  double total = 0.0;
  for (std::size_t q = 0; q < dataset.queries.size(); ++q) {
    const double gap = Gap(checkpoint.functions, q, pair);
    rates.emplace_back(checkpoint.calibration.WinRate(gap), weights[q]);
    total += weights[q];
  }
  std::sort(rates.begin(), rates.end());
  std::vector<double> percentiles;
  double below = 0.0;
  std::size_t at = 0;
  for (std::size_t percent = 0; percent < routing::MfCheckpoint::kPercentiles; ++percent) {
    const double wanted = total * static_cast<double>(percent) / 100.0;
    while (at + 1 < rates.size() && below + rates[at].second <= wanted) below += rates[at++].second;
    percentiles.push_back(rates[at].first);
  }
  return percentiles;
}

MfTrainer::MfTrainer(std::unique_ptr<const Prepared> prepared) : prepared_(std::move(prepared)) {}
MfTrainer::MfTrainer(MfTrainer&&) noexcept = default;
MfTrainer& MfTrainer::operator=(MfTrainer&&) noexcept = default;
MfTrainer::~MfTrainer() = default;

const data::Dataset& MfTrainer::dataset() const { return prepared_->dataset; }

Result<MfTrainer> MfTrainer::Create(data::Dataset dataset, MfTrainingOptions options) {
  auto words = text::WordVectors::Create(options.words);
  if (!words) return tl::unexpected(words.error());
  auto prepared = std::make_unique<Prepared>();
  prepared->dataset = JudgedBattlesAsOutcomes(std::move(dataset));
  const data::Dataset& data = prepared->dataset;
  if (data.outcomes.empty())
    return Fail(ErrorCode::kInvalidData, "there are no outcomes to learn from");
  prepared->abilities = FitAbilities(data);
  std::set<std::uint32_t> graded;
  for (const data::Outcome& outcome : data.outcomes) graded.insert(outcome.model);
  const auto ability = [&](const std::string& model) -> Result<double> {
    const auto found = std::find(data.models.begin(), data.models.end(), model);
    const auto index = static_cast<std::uint32_t>(found - data.models.begin());
    if (found == data.models.end() || !graded.contains(index)) {
      return Fail(ErrorCode::kInvalidRequest,
                  "the data hold no outcome of the model '" + model + "'");
    }
    return prepared->abilities[index];
  };
  const auto strong = ability(options.strong_model);
  if (!strong) return tl::unexpected(strong.error());
  const auto weak = ability(options.weak_model);
  if (!weak) return tl::unexpected(weak.error());
  if (*strong - *weak < 0.1) {
    return Fail(ErrorCode::kInvalidRequest, "the data do not show '" + options.strong_model +
                                                "' to be abler than '" + options.weak_model + "'");
  }
  prepared->pair = {*strong, *weak};
  prepared->ability_scale = {(*strong + *weak) / 2.0, *strong - *weak};
  prepared->strong_model = std::move(options.strong_model);
  prepared->weak_model = std::move(options.weak_model);
  prepared->words = std::move(options.words);

  const std::vector<text::PromptFeatures> features = ExtractAll(Prompts(data), *words);
  prepared->weights = SourceWeights(data);
  prepared->scale = FitScale(features, prepared->weights);
  prepared->columns = ColumnsOf(features, prepared->scale);
  prepared->relative_penalties = RelativePenalties();
  prepared->invariance.emplace(data, prepared->weights, *words, prepared->scale, prepared->columns);
  prepared->rows = MakeResponseRows(data, prepared->abilities, prepared->ability_scale);
  prepared->strata = FindStrata(data, features);
  prepared->is_chat.resize(data.queries.size());
  for (const data::Battle& battle : data.battles) prepared->is_chat[battle.query] = 1;
  if (!data.battles.empty()) prepared->vote_strengths = FitVoteStrengths(data);
  return MfTrainer(std::move(prepared));
}

MfTrainer::Training MfTrainer::Train() const {
  const Prepared& p = *prepared_;
  Training training;
  routing::MfCheckpoint& checkpoint = training.checkpoint;
  checkpoint.words = p.words;
  checkpoint.scale = p.scale;
  checkpoint.functions = p.Fit(std::vector<char>(p.dataset.queries.size(), 1));
  checkpoint.strong_model = p.strong_model;
  checkpoint.weak_model = p.weak_model;
  std::vector<char> graded(p.dataset.models.size());
  for (const data::Outcome& outcome : p.dataset.outcomes) graded[outcome.model] = 1;
  for (std::size_t m = 0; m < graded.size(); ++m) {
    if (graded[m] == 0) continue;
    checkpoint.models.push_back(p.dataset.models[m]);
    checkpoint.abilities.push_back(p.abilities[m]);
  }
  p.Calibrate(training);
  checkpoint.win_rate_percentiles = p.Percentiles(training);
  return training;
}

namespace {

// The queries of one source on which both sides have an outcome, with the mean score of each side.
struct SideScores {
  std::vector<std::uint32_t> queries;
  std::vector<double> gains;
  routing::PairAbilities abilities;  // the sides' means
};

Result<SideScores> ScoreSides(const data::Dataset& dataset, std::uint32_t source,
                              const ModelSides& sides, std::span<const double> abilities) {
  struct Sum {
    double score[2] = {0.0, 0.0};
    double count[2] = {0.0, 0.0};
  };
  std::vector<int> side_of(dataset.models.size(), -1);
  SideScores scores;
  const std::vector<std::string>* const names[] = {&sides.strong, &sides.weak};
  double* const means[] = {&scores.abilities.strong, &scores.abilities.weak};
  for (int side = 0; side < 2; ++side) {
    for (const std::string& name : *names[side]) {
      const auto found = std::find(dataset.models.begin(), dataset.models.end(), name);
      if (found == dataset.models.end())
        return Fail(ErrorCode::kInvalidRequest, "the data hold no model '" + name + "'");
      const auto index = static_cast<std::size_t>(found - dataset.models.begin());
      side_of[index] = side;
      *means[side] += abilities[index] / static_cast<double>(names[side]->size());
    }
  }
  std::map<std::uint32_t, Sum> sums;
  for (const data::Outcome& outcome : dataset.outcomes) {
    const int side = side_of[outcome.model];
    if (side < 0 || dataset.queries[outcome.query].source != source) continue;
    sums[outcome.query].score[side] += outcome.score;
    sums[outcome.query].count[side] += 1.0;
  }
  for (const auto& [query, sum] : sums) {
    if (sum.count[0] == 0.0 || sum.count[1] == 0.0) continue;
    scores.queries.push_back(query);
    scores.gains.push_back(sum.score[0] / sum.count[0] - sum.score[1] / sum.count[1]);
  }
  return scores;
}

double Apgr(const std::vector<Judged>& judged) {
  return AveragePerformanceGapRecovered(judged).Value(0.5);
}

double ApgrError(const std::vector<Judged>& judged) {
  std::mt19937_64 random(1);
  std::vector<Judged> drawn(judged.size());
  double sum = 0.0;
  double squares = 0.0;
  for (std::size_t b = 0; b < kBootstraps; ++b) {
    for (Judged& one : drawn) one = judged[random() % judged.size()];
    const double apgr = Apgr(drawn);
    sum += apgr;
    squares += apgr * apgr;
  }
  const double mean = sum / static_cast<double>(kBootstraps);
  return std::sqrt(std::max(0.0, squares / static_cast<double>(kBootstraps) - mean * mean));
}

}  // namespace

Result<std::vector<HeldOutFigures>> MfTrainer::LeaveSourcesOut(const SidesBySource& sides) const {
  const Prepared& p = *prepared_;
  const data::Dataset& data = p.dataset;
  std::vector<HeldOutFigures> all;
  for (const auto& [name, of_source] : sides) {
    const auto found = std::find(data.sources.begin(), data.sources.end(), name);
    if (found == data.sources.end())
      return Fail(ErrorCode::kInvalidRequest, "the data hold no source '" + name + "'");
    const auto source = static_cast<std::uint32_t>(found - data.sources.begin());
    const auto scores = ScoreSides(data, source, of_source, p.abilities);
    if (!scores) return tl::unexpected(scores.error());
    if (scores->queries.empty()) {
      return Fail(ErrorCode::kInvalidRequest,
                  "the source '" + name + "' has no query with outcomes of both sides");
    }
    std::set<std::uint32_t> groups;
    for (const data::DataQuery& query : data.queries) {
      if (query.source == source) groups.insert(query.group);
    }
    std::vector<char> kept(data.queries.size());
    for (std::size_t q = 0; q < kept.size(); ++q)
      kept[q] = groups.contains(data.queries[q].group) ? 0 : 1;
    const MfFunctions functions = p.Fit(kept);
    std::vector<Judged> by_win_rate;
    std::vector<Judged> by_length;
    std::vector<Judged> by_compared;
    for (std::size_t i = 0; i < scores->queries.size(); ++i) {
      const std::uint32_t query = scores->queries[i];
      const auto preference = static_cast<float>((1.0 + scores->gains[i]) / 2.0);
      by_win_rate.push_back({static_cast<float>(p.Gap(functions, query, p.pair)), preference});
      by_length.push_back({static_cast<float>(data.queries[query].prompt.size()), preference});
      const double gap = p.Gap(functions, query, scores->abilities);
      by_compared.push_back({static_cast<float>((1.0 + gap) / 2.0), preference});
    }
    all.push_back({.name = name,
                   .queries = by_win_rate.size(),
                   .apgr = Apgr(by_win_rate),
                   .apgr_error = ApgrError(by_win_rate),
                   .length_apgr = Apgr(by_length),
                   .calibration_error = ExpectedCalibrationError(by_compared, kBins)});
  }
  return all;
}

}  // namespace routellm::training
