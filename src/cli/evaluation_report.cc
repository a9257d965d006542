#include "cli/evaluation_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

#include "evaluation/optimum.h"

namespace routellm::cli {
namespace {

using evaluation::Curve;
using evaluation::Interval;
using evaluation::Metrics;
using evaluation::RouterEvaluation;
using nlohmann::ordered_json;

std::string Percent(std::optional<double> value) {
  return value ? fmt::format("{:.2f} %", *value) : "-";
}

void AppendMetrics(std::string& text, std::string_view name, std::size_t width,
                   const Metrics& metrics, const std::optional<Interval>& interval) {
  text += fmt::format("{:<{}}", name, width);
  for (const auto& cpt : metrics.cpt) text += fmt::format("  {:>8}", Percent(cpt));
  text += fmt::format("  {:>7.3f}", metrics.auc);
  text += metrics.apgr ? fmt::format("  {:>6.4f}", *metrics.apgr) : fmt::format("  {:>6}", "-");
  if (interval) text += fmt::format("  [{:.4f}, {:.4f}]", interval->low, interval->high);
  text += '\n';
}

void AppendCurve(std::string& text, const RouterEvaluation& router, std::size_t queries) {
  text += fmt::format("\n{}\n{:>12}  {:>9}  {:>12}  {:>10}  {:>12}\n", router.name, "threshold",
                      "quality", "strong calls", "weak calls", "strong share");
  for (auto point = router.curve.rbegin(); point != router.curve.rend(); ++point) {
    const auto strong = std::llround(point->strong_share / 100.0 * static_cast<double>(queries));
    text += fmt::format("{:>12.6g}  {:>9.3f}  {:>12}  {:>10}  {:>12}\n", point->threshold,
                        point->quality, strong, static_cast<long long>(queries) - strong,
                        Percent(point->strong_share));
  }
}

void AppendOptimum(std::string& text, const Curve& optimum) {
  text += fmt::format("\noracle\n{:>12}  {:>9}\n", "strong share", "quality");
  for (int share = 100; share >= 0; share -= 10) {
    text +=
        fmt::format("{:>12}  {:>9.3f}\n", Percent(share), evaluation::QualityAt(optimum, share));
  }
}

ordered_json OrNull(const std::optional<double>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

ordered_json OrNull(const std::optional<Interval>& interval) {
  return interval ? ordered_json::array({interval->low, interval->high}) : ordered_json(nullptr);
}

ordered_json ToJson(const Metrics& metrics) {
  return {{"auc", metrics.auc},
          {"apgr", OrNull(metrics.apgr)},
          {"cpt20", OrNull(metrics.cpt[0])},
          {"cpt50", OrNull(metrics.cpt[1])},
          {"cpt80", OrNull(metrics.cpt[2])}};
}

ordered_json ToJson(const RouterEvaluation& router) {
  ordered_json object = {{"name", router.name}};
  object.update(ToJson(router.metrics));
  object["interval95"] = {{"apgr", OrNull(router.intervals.apgr)},
                          {"cpt20", OrNull(router.intervals.cpt[0])},
                          {"cpt50", OrNull(router.intervals.cpt[1])},
                          {"cpt80", OrNull(router.intervals.cpt[2])}};
  ordered_json curve = ordered_json::array();
  for (auto point = router.curve.rbegin(); point != router.curve.rend(); ++point) {
    curve.push_back({{"threshold", point->threshold},
                     {"strong_percent", point->strong_share},
                     {"quality", point->quality}});
  }
  object["curve"] = std::move(curve);
  return object;
}

ordered_json OptimumJson(const evaluation::Evaluation& evaluation) {
  ordered_json object = ToJson(evaluation.optimum_metrics);
  ordered_json curve = ordered_json::array();
  for (int share = 100; share >= 0; share -= 10) {
    curve.push_back(
        {{"strong_percent", share}, {"quality", evaluation::QualityAt(evaluation.optimum, share)}});
  }
  object["curve"] = std::move(curve);
  return object;
}

}  // namespace

std::string ReportText(const EvaluationReport& report, bool verbose) {
  const evaluation::Evaluation& evaluation = report.evaluation;
  const std::size_t prompts = report.benchmark.prompts.size();
  const std::size_t names = std::max(report.strong_model.size(), report.weak_model.size());
  std::string text =
      fmt::format("{}: {} of {} prompts after decontamination\n", report.benchmark.name, prompts,
                  prompts + report.benchmark.contaminated);
  text += fmt::format("strong  {:<{}}  {:>7.3f} {}\n", report.strong_model, names,
                      evaluation.pair.strong, report.benchmark.unit);
  text += fmt::format("weak    {:<{}}  {:>7.3f} {}\n\n", report.weak_model, names,
                      evaluation.pair.weak, report.benchmark.unit);

  std::size_t width = std::string_view("router").size();
  for (const RouterEvaluation& router : evaluation.routers) {
    width = std::max(width, router.name.size());
  }
  text += fmt::format("{:<{}}  {:>8}  {:>8}  {:>8}  {:>7}  {:>6}  {}\n", "router", width, "CPT20",
                      "CPT50", "CPT80", "AUC", "APGR", "95 % interval");
  for (const RouterEvaluation& router : evaluation.routers) {
    AppendMetrics(text, router.name, width, router.metrics, router.intervals.apgr);
  }
  AppendMetrics(text, "oracle", width, evaluation.optimum_metrics, std::nullopt);
  text += report.options.rule == evaluation::CptRule::kInterp
              ? "CPT: as numpy.interp finds it, also where quality falls with more strong calls\n"
              : "CPT: the smallest share of strong calls that reaches the quality\n";
  if (verbose) {
    for (const RouterEvaluation& router : evaluation.routers) AppendCurve(text, router, prompts);
    AppendOptimum(text, evaluation.optimum);
  }
  return text;
}

std::string ReportJson(const EvaluationReport& report) {
  const evaluation::Evaluation& evaluation = report.evaluation;
  ordered_json routers = ordered_json::array();
  for (const RouterEvaluation& router : evaluation.routers) routers.push_back(ToJson(router));
  const ordered_json object = {
      {"benchmark", report.benchmark.name},
      {"unit", report.benchmark.unit},
      {"prompts", report.benchmark.prompts.size()},
      {"contaminated", report.benchmark.contaminated},
      {"bins", report.options.bins},
      {"compat", report.options.rule == evaluation::CptRule::kInterp},
      {"strong", {{"model", report.strong_model}, {"quality", evaluation.pair.strong}}},
      {"weak", {{"model", report.weak_model}, {"quality", evaluation.pair.weak}}},
      {"routers", std::move(routers)},
      {"oracle", OptimumJson(evaluation)}};
  return object.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace routellm::cli
