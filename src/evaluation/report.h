// What an evaluation found, for people and for programs.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "evaluation/evaluate.h"
#include "evaluation/evaluation_set.h"
#include "evaluation/pairs.h"

namespace routellm::evaluation {

struct Report {
  std::string name;  // of the set
  std::string unit;  // of quality
  std::size_t queries = 0;
  std::size_t contaminated = 0;  // queries left out
  EvaluationSet::Names models;
  std::optional<PairPrices> prices;  // US dollars; none: cost is the share of strong calls
  EvaluateOptions options;
  Evaluation evaluation;
  std::vector<OperatingPoint> operating_points;
};

// Points of a full curve in pictures and JSON: more are not seen.
inline constexpr std::size_t kDrawnPoints = 500;

// Tables for people, with a row for each threshold if `verbose`.
[[nodiscard]] std::string ReportText(const Report& report, bool verbose);

// One JSON object with everything, curves included, full curves with kDrawnPoints; numbers that are
// undefined are null.
[[nodiscard]] std::string ReportJson(const Report& report);

// Writes into `folder`, which is made where it is missing: evaluation.json (ReportJson),
// report.html (one file that needs no other, with an interactive curve), curves.svg, curves.png and
// the curves.gnuplot that they are drawn from. Each file is replaced whole or not at all. Errors:
// kIo; kNotFound if there is no program gnuplot, before anything is written.
[[nodiscard]] Result<void> WriteReport(const Report& report, const std::filesystem::path& folder);

struct PairsReport {
  std::string name;
  std::size_t min_queries = 0;
  std::vector<std::string> routers;
  PairsEvaluation evaluation;
};

[[nodiscard]] std::string ReportText(const PairsReport& report);
[[nodiscard]] std::string ReportJson(const PairsReport& report);

}  // namespace routellm::evaluation
