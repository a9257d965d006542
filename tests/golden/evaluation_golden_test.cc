// Curves and metrics as numpy and pandas compute them: for each BENCHMARK.CASE.scores.csv in
// $ROUTELLM_GOLDEN/eval the numbers of BENCHMARK.CASE.expected.json.
#include <fmt/core.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "data/benchmark.h"
#include "data/score_file.h"
#include "evaluation/curve.h"
#include "evaluation/metrics.h"
#include "golden/reference.h"

namespace routellm {
namespace {

namespace fs = std::filesystem;
using evaluation::Metric;
using golden::Folder;
using golden::InCi;
using nlohmann::json;

constexpr double kTolerance = 1e-9;
constexpr std::string_view kScores = ".scores.csv";

std::vector<fs::path> ScoreFiles(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().string().ends_with(kScores)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

evaluation::PairOutcomes Outcomes(const data::Benchmark& benchmark) {
  const auto strong = benchmark.Find("gpt-4-1106-preview");
  const auto weak = benchmark.Find("mistralai/Mixtral-8x7B-Instruct-v0.1");
  EXPECT_TRUE(strong && weak);
  return {.weak = (*weak)->scores, .strong = (*strong)->scores, .scale = benchmark.scale};
}

// `expected` may be null or NaN where a number is undefined.
void ExpectNumber(const json& expected, const std::optional<double>& actual, const char* name) {
  if (!expected.is_number()) {
    EXPECT_FALSE(actual) << name;
  } else {
    ASSERT_TRUE(actual) << name;
    EXPECT_NEAR(*actual, expected.get<double>(), kTolerance) << name;
  }
}

void ExpectCurve(const json& expected, const evaluation::Curve& curve) {
  ASSERT_EQ(curve.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const evaluation::CurvePoint& point = curve[curve.size() - 1 - i];
    EXPECT_NEAR(point.threshold, expected[i]["threshold"].get<double>(), kTolerance) << i;
    EXPECT_NEAR(point.strong_share, expected[i]["strong_pct"].get<double>(), kTolerance) << i;
    EXPECT_NEAR(point.quality, expected[i]["accuracy"].get<double>(), kTolerance) << i;
  }
}

void CheckCase(const fs::path& score_file, const json& expected, const data::Benchmark& benchmark) {
  ASSERT_EQ(benchmark.prompts.size(), expected["questions"].get<std::size_t>());
  const auto scores = data::ReadScores(score_file, benchmark.prompts.size());
  ASSERT_TRUE(scores) << scores.error().ToString();
  const evaluation::PairOutcomes outcomes = Outcomes(benchmark);
  const evaluation::Sample all = evaluation::AllQueries(outcomes);
  EXPECT_NEAR(all.quality.strong, expected["strong_accuracy"].get<double>(), kTolerance);
  EXPECT_NEAR(all.quality.weak, expected["weak_accuracy"].get<double>(), kTolerance);
  const auto edges = evaluation::QuantileEdges(*scores, expected["num_results"].get<std::size_t>());
  const auto curve = evaluation::CurveBuilder(outcomes, *scores, edges).Build(all);
  ExpectCurve(expected["curve"], curve);
  const auto metrics =
      evaluation::ComputeMetrics(curve, all.quality, {.rule = evaluation::CptRule::kInterp});
  ExpectNumber(expected["auc"], metrics[Metric::kAuc], "auc");
  ExpectNumber(expected["apgr"], metrics[Metric::kApgr], "apgr");
  ExpectNumber(expected["cpt20"], metrics[Metric::kCpt20], "cpt20");
  ExpectNumber(expected["cpt50"], metrics[Metric::kCpt50], "cpt50");
  ExpectNumber(expected["cpt80"], metrics[Metric::kCpt80], "cpt80");
}

TEST(EvaluationGoldenTest, CurvesAndMetricsAreThoseOfPandas) {
  const fs::path golden_folder = Folder("ROUTELLM_GOLDEN", "golden") / "eval";
  const fs::path data = Folder("ROUTELLM_DATA", "data") / "benchmarks";
  for (const fs::path& needed : {golden_folder, data}) {
    if (fs::is_directory(needed)) continue;
    if (InCi()) FAIL() << "there is no folder " << needed;
    GTEST_SKIP() << "no reference numbers: there is no folder " << needed;
  }
  std::map<std::string, data::Benchmark> benchmarks;
  const std::vector<fs::path> files = ScoreFiles(golden_folder);
  for (const fs::path& file : files) {
    SCOPED_TRACE(file.filename().string());
    const std::string name = file.filename().string();
    const std::string benchmark = name.substr(0, name.find('.'));
    if (!benchmarks.contains(benchmark)) {
      auto loaded = data::LoadBenchmark(benchmark, data);
      ASSERT_TRUE(loaded) << loaded.error().ToString();
      benchmarks.emplace(benchmark, std::move(*loaded));
    }
    const std::string stem = name.substr(0, name.size() - kScores.size());
    const json expected = golden::ReadJson(golden_folder / (stem + ".expected.json"));
    ASSERT_FALSE(expected.is_discarded());
    CheckCase(file, expected, benchmarks.at(benchmark));
  }
  EXPECT_FALSE(files.empty()) << "no cases in " << golden_folder;
  fmt::print("golden: {} evaluation cases\n", files.size());
}

}  // namespace
}  // namespace routellm
