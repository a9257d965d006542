#include <cmath>

#include <nlohmann/json.hpp>

#include "evaluation/optimum.h"
#include "evaluation/report.h"

namespace routellm::evaluation {
namespace {

using nlohmann::ordered_json;

ordered_json OrNull(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? ordered_json(*value) : ordered_json(nullptr);
}

ordered_json ToJson(const Interval& interval) {
  return ordered_json::array({interval.low, interval.high});
}

ordered_json OrNull(const std::optional<Interval>& interval) {
  return interval ? ToJson(*interval) : ordered_json(nullptr);
}

ordered_json ToJson(const Metrics& metrics) {
  ordered_json object = ordered_json::object();
  for (const Metric metric : kMetrics)
    object[std::string(MetricKey(metric))] = OrNull(metrics[metric]);
  return object;
}

ordered_json ToJson(const CurvePoint& point) {
  return {{"threshold", point.threshold},
          {"strong_percent", point.strong_share},
          {"quality", point.quality}};
}

// From all strong to all weak, as thresholds rise.
ordered_json ToJson(const Curve& curve) {
  ordered_json points = ordered_json::array();
  for (auto point = curve.rbegin(); point != curve.rend(); ++point) {
    points.push_back(ToJson(*point));
  }
  return points;
}

ordered_json ToJson(const RouterEvaluation& router) {
  ordered_json object = {{"name", router.name}};
  object.update(ToJson(router.metrics));
  ordered_json& intervals = object["interval95"] = ordered_json::object();
  for (const Metric metric : kMetrics) {
    intervals[std::string(MetricKey(metric))] = OrNull(router.intervals[metric]);
  }
  object["curve"] = ToJson(router.curve);
  object["full_curve"] = ToJson(Thinned(router.full, kDrawnPoints));
  return object;
}

ordered_json OptimumJson(const Evaluation& evaluation) {
  ordered_json object = ToJson(evaluation.optimum_metrics);
  ordered_json& curve = object["curve"] = ordered_json::array();
  for (int share = 100; share >= 0; --share) {
    curve.push_back({{"strong_percent", share}, {"quality", QualityAt(evaluation.optimum, share)}});
  }
  return object;
}

ordered_json ToJson(const OperatingPoint& point) {
  return {{"router", point.router},
          {"threshold", point.threshold},
          {"strong_percent", point.strong_share},
          {"quality", point.quality},
          {"cost", point.cost},
          {"interval95",
           {{"strong_percent", ToJson(point.strong_share_interval)},
            {"quality", ToJson(point.quality_interval)}}}};
}

// One object; text that is not valid UTF-8 is repaired.
std::string Dump(const ordered_json& object) {
  return object.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string ReportJson(const Report& report) {
  const Evaluation& evaluation = report.evaluation;
  ordered_json routers = ordered_json::array();
  for (const RouterEvaluation& router : evaluation.routers) routers.push_back(ToJson(router));
  ordered_json points = ordered_json::array();
  for (const OperatingPoint& point : report.operating_points) points.push_back(ToJson(point));
  ordered_json strong = {{"model", report.models.strong}, {"quality", evaluation.pair.strong}};
  ordered_json weak = {{"model", report.models.weak}, {"quality", evaluation.pair.weak}};
  if (report.prices) {
    strong["usd_per_mtok"] = report.prices->strong;
    weak["usd_per_mtok"] = report.prices->weak;
  }
  return Dump({{"name", report.name},
               {"unit", report.unit},
               {"prompts", report.queries},
               {"contaminated", report.contaminated},
               {"bins", report.options.bins},
               {"compat", report.options.rule == CptRule::kInterp},
               {"resamples", report.options.bootstrap.resamples},
               {"strong", std::move(strong)},
               {"weak", std::move(weak)},
               {"near_strong_quality", kNearStrong * evaluation.pair.strong},
               {"routers", std::move(routers)},
               {"oracle", OptimumJson(evaluation)},
               {"operating_points", std::move(points)}});
}

std::string ReportJson(const PairsReport& report) {
  ordered_json pairs = ordered_json::array();
  for (const PairEvaluation& pair : report.evaluation.pairs) {
    ordered_json apgr = ordered_json::object();
    for (std::size_t i = 0; i < report.routers.size(); ++i) {
      apgr[report.routers[i]] = {{"value", OrNull(pair.routers[i].value)},
                                 {"interval95", OrNull(pair.routers[i].interval)}};
    }
    pairs.push_back({{"strong", {{"model", pair.models.strong}, {"quality", pair.quality.strong}}},
                     {"weak", {{"model", pair.models.weak}, {"quality", pair.quality.weak}}},
                     {"queries", pair.queries},
                     {"gap_is_certain", pair.gap_is_certain},
                     {"apgr", std::move(apgr)}});
  }
  ordered_json routers = ordered_json::array();
  for (std::size_t i = 0; i < report.routers.size(); ++i) {
    const PairsSummary& summary = report.evaluation.routers[i];
    routers.push_back({{"name", report.routers[i]},
                       {"mean_apgr", OrNull(summary.mean_apgr)},
                       {"median_apgr", OrNull(summary.median_apgr)},
                       {"pairs_above_random", summary.above_random},
                       {"pairs_below_random", summary.below_random}});
  }
  return Dump({{"name", report.name},
               {"min_queries", report.min_queries},
               {"routers", std::move(routers)},
               {"pairs", std::move(pairs)}});
}

}  // namespace routellm::evaluation
