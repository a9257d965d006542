// What `routellm evaluate` prints.
#pragma once

#include <string>

#include "data/benchmark.h"
#include "evaluation/evaluate.h"

namespace routellm::cli {

struct EvaluationReport {
  const data::Benchmark& benchmark;
  std::string strong_model;
  std::string weak_model;
  evaluation::EvaluateOptions options;
  evaluation::Evaluation evaluation;
};

// A table for people, with a row for each threshold if `verbose`.
[[nodiscard]] std::string ReportText(const EvaluationReport& report, bool verbose);

// One JSON object with everything, curves included; numbers that are undefined are null.
[[nodiscard]] std::string ReportJson(const EvaluationReport& report);

}  // namespace routellm::cli
