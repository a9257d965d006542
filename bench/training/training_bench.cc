// Training of the built-in router: `training_bench DATA FOLDER`. Prepares the data as MfTrainer
// does, fits the response model without a tenth of the groups, and prints the times as JSON. For
// compare.py, which fits the same model by other means, FOLDER gets, as float32:
//
//   columns.npy      [queries, columns + 1], the last one 1
//   easiness.npy, discrimination.npy
//                    [columns + 1, columns + 1], the penalties of the weights of the two functions
//   strata.npy       [2, 1], the penalties of a stratum's own levels of the two functions
//   rows.npy         query, stratum, ability and its coordinate, score, weight, and whether it is
//                    held out
//   functions.npy    [2, columns + 1], what was fitted
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "data/dataset.h"
#include "data/safetensors.h"
#include "embedding/vector_file.h"
#include "routing/builtin_checkpoint.h"
#include "routing/word_table_file.h"
#include "training/abilities.h"
#include "training/judged_battles.h"
#include "training/prompt_invariance.h"
#include "training/prompt_matrix.h"
#include "training/response_model.h"

namespace routellm {
namespace {

using training::ResponsePenalties;
using training::ResponseRow;

constexpr const char* kStrongModel = "gpt-4-1106-preview";
constexpr const char* kWeakModel = "mixtral-8x7b-instruct-v0.1";
constexpr int kFits = 5;

struct Stopwatch {
  static double Seconds(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  }
  double wall = Seconds(CLOCK_MONOTONIC);
  double cpu = Seconds(CLOCK_PROCESS_CPUTIME_ID);

  [[nodiscard]] std::string Json() const {
    return fmt::format("{{\"wall\": {}, \"cpu\": {}}}", Seconds(CLOCK_MONOTONIC) - wall,
                       Seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu);
  }
};

template <typename T>
T OrExit(Result<T> result) {
  if constexpr (std::is_void_v<T>) {
    if (result) return;
  } else {
    if (result) return *std::move(result);
  }
  fmt::print(stderr, "training_bench: {}\n", result.error().ToString());
  std::exit(1);
}

data::Dataset Load(const std::filesystem::path& folder) {
  const auto preferences = folder / "preferences";
  return training::JudgedBattlesAsOutcomes(OrExit(data::LoadDataset(
      {.outcomes = {folder / "outcomes", preferences}, .battles = {preferences}})));
}

training::AbilityScale ScaleOf(const data::Dataset& dataset, const std::vector<double>& abilities) {
  const auto ability = [&](const char* model) {
    const auto found = std::find(dataset.models.begin(), dataset.models.end(), model);
    if (found == dataset.models.end()) {
      fmt::print(stderr, "training_bench: the data do not hold {}\n", model);
      std::exit(1);
    }
    return abilities[static_cast<std::size_t>(found - dataset.models.begin())];
  };
  const double strong = ability(kStrongModel);
  const double weak = ability(kWeakModel);
  return {(strong + weak) / 2.0, strong - weak};
}

// How much the curvature of a stratum's rows counts.
std::vector<double> StratumFactors(const training::ResponseData& data) {
  const std::vector<double> levels = training::FitLevels(data);
  std::vector<double> curvature(data.strata.count);
  std::vector<double> queries(data.strata.count);
  std::vector<char> seen(data.strata.of_query.size());
  for (const ResponseRow& row : data.rows) {
    const std::uint32_t stratum = data.strata.of_query[row.query];
    const double p = training::Sigmoid(row.ability + levels[stratum]);
    curvature[stratum] += RowWeight(row) * std::max(p * (1.0 - p), training::kMinVariance);
    if (seen[row.query] == 0) queries[stratum] += 1.0;
    seen[row.query] = 1;
  }
  for (std::size_t s = 0; s < queries.size(); ++s) {
    if (queries[s] > 0.0)
      queries[s] = training::kStratumWeight * std::sqrt(queries[s]) / curvature[s];
  }
  return queries;
}

void Save(const std::filesystem::path& file, const training::Matrix& transposed) {
  embedding::Matrix matrix{
      static_cast<std::size_t>(transposed.cols()), static_cast<std::size_t>(transposed.rows()), {}};
  matrix.values.assign(transposed.data(), transposed.data() + transposed.size());
  OrExit(embedding::SaveVectors(file, matrix, {}));
}

training::Matrix PenaltyMatrix(double penalty, const training::Vector& relative,
                               const training::Matrix& invariance) {
  training::Matrix matrix = ResponsePenalties::kInvariance * invariance;
  training::Vector diagonal = penalty * relative;
  diagonal[diagonal.size() - 1] = ResponsePenalties::kConstant;
  matrix.diagonal() += diagonal;
  return matrix;
}

// A tenth of the groups is held out: its queries have kept[query] == 0.
struct Prepared {
  data::Dataset dataset;
  training::AbilityScale ability_scale;
  training::Matrix columns;
  training::Strata strata;
  std::vector<char> kept;
  std::vector<ResponseRow> rows;
  std::vector<ResponseRow> kept_rows;
  training::Matrix moment;
  std::string ability_time;
  std::string feature_time;

  [[nodiscard]] training::ResponseData Data() const {
    return {columns, kept_rows, strata, ability_scale};
  }
};

Prepared Prepare(const std::filesystem::path& folder) {
  Prepared p;
  p.dataset = Load(folder);
  const auto words = OrExit(text::WordVectors::Create(OrExit(routing::ReadWordTable(
      OrExit(data::Safetensors::Parse(routing::BuiltinMfCheckpoint(), "built-in"))))));
  const Stopwatch ability_watch;
  const std::vector<double> abilities = training::FitAbilities(p.dataset);
  p.ability_time = ability_watch.Json();
  p.ability_scale = ScaleOf(p.dataset, abilities);

  const Stopwatch feature_watch;
  std::vector<std::string_view> prompts;
  for (const data::DataQuery& query : p.dataset.queries) {
    prompts.emplace_back(query.prompt);
    p.kept.push_back(query.group % 10 != 0 ? 1 : 0);
  }
  const auto features = training::ExtractAll(prompts, words);
  const std::vector<double> weights = training::SourceWeights(p.dataset);
  const routing::ColumnScale scale = training::FitScale(features, weights);
  p.columns = training::ColumnsOf(features, scale);
  p.moment =
      training::PromptInvariance(p.dataset, weights, words, scale, p.columns).SecondMoment(p.kept);
  p.feature_time = feature_watch.Json();

  p.rows = training::MakeResponseRows(p.dataset, abilities, p.ability_scale);
  p.kept_rows = p.rows;
  std::erase_if(p.kept_rows, [&](const ResponseRow& row) { return p.kept[row.query] == 0; });
  p.strata = training::FindStrata(p.dataset, features);
  return p;
}

void SaveAll(const Prepared& p, const training::ResponseModel& model,
             const std::filesystem::path& folder) {
  const std::vector<double> factors = StratumFactors(p.Data());
  training::Matrix table(7, p.rows.size());
  for (std::size_t i = 0; i < p.rows.size(); ++i) {
    const ResponseRow& row = p.rows[i];
    const std::uint32_t stratum = p.strata.of_query[row.query];
    const double coordinate = p.ability_scale.Coordinate(row.ability);
    table.col(static_cast<Eigen::Index>(i)) << row.query, stratum, row.ability, coordinate,
        row.score, RowWeight(row) * factors[stratum], p.kept[row.query] == 0 ? 1.0 : 0.0;
  }
  const training::Vector relative = training::RelativePenalties();
  Save(folder / "rows.npy", table);
  training::Matrix functions(p.columns.rows(), 2);
  functions << model.easiness, model.discrimination;
  Save(folder / "functions.npy", functions);
  Save(folder / "columns.npy", p.columns);
  Save(folder / "easiness.npy", PenaltyMatrix(ResponsePenalties::kEasiness, relative, p.moment));
  Save(folder / "discrimination.npy",
       PenaltyMatrix(ResponsePenalties::kDiscrimination, relative, p.moment));
  training::Matrix strata(1, 2);
  strata << ResponsePenalties::kStratumEasiness, ResponsePenalties::kStratumDiscrimination;
  Save(folder / "strata.npy", strata);
}

int Run(const std::filesystem::path& data, const std::filesystem::path& folder) {
  const Prepared p = Prepare(data);
  const training::Vector relative = training::RelativePenalties();
  training::ResponseModel model;
  std::vector<std::string> fits;
  for (int fit = 0; fit < kFits; ++fit) {
    const Stopwatch watch;
    model = training::FitResponseModel(p.Data(), p.kept, relative, p.moment);
    fits.push_back(watch.Json());
  }
  SaveAll(p, model, folder);
  fmt::print("{{\"abilities\": {}, \"features\": {}, \"fits\": [{}]}}\n", p.ability_time,
             p.feature_time, fmt::join(fits, ", "));
  return 0;
}

}  // namespace
}  // namespace routellm

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "Usage: training_bench DATA FOLDER\n");
    return 2;
  }
  return routellm::Run(argv[1], argv[2]);
}
