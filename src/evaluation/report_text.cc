#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "evaluation/optimum.h"
#include "evaluation/report.h"

namespace routellm::evaluation {
namespace {

// A column of a table: the metric and how its values are written.
struct Column {
  std::string_view title;
  Metric metric;
  double factor;
  int decimals;
  int interval_decimals;
};

constexpr Column kGapColumns[] = {
    // NOLINT(modernize-avoid-c-arrays): a constant table
    {"CPT20 %", Metric::kCpt20, 1.0, 2, 1}, {"CPT50 %", Metric::kCpt50, 1.0, 2, 1},
    {"CPT80 %", Metric::kCpt80, 1.0, 2, 1}, {"AUC", Metric::kAuc, 1.0, 3, 2},
    {"APGR", Metric::kApgr, 1.0, 4, 3},
};

constexpr Column kNearStrongColumns[] = {
    // NOLINT(modernize-avoid-c-arrays): a constant table
    {"strong calls %", Metric::kNearStrongShare, 1.0, 2, 1},
    {"cost", Metric::kNearStrongCost, 1.0, 3, 2},
    {"saving %", Metric::kNearStrongSaving, 100.0, 1, 1},
    {"APGR, every score", Metric::kFullApgr, 1.0, 4, 3},
};

std::string Number(std::optional<double> value, int decimals) {
  return value ? fmt::format("{:.{}f}", *value, decimals) : "-";
}

std::string Cell(const Column& column, const Metrics& metrics, const MetricIntervals* intervals) {
  const auto& value = metrics[column.metric];
  if (!value) return "-";
  std::string cell = Number(*value * column.factor, column.decimals);
  if (intervals == nullptr) return cell;
  if (const auto& interval = (*intervals)[column.metric]) {
    cell +=
        fmt::format(" [{}, {}]", Number(interval->low * column.factor, column.interval_decimals),
                    Number(interval->high * column.factor, column.interval_decimals));
  }
  return cell;
}

// Rows of cells, columns as wide as their widest cell, the first one flush left.
class Table {
 public:
  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

  [[nodiscard]] std::string Text() const {
    std::vector<std::size_t> widths;
    for (const auto& row : rows_) {
      widths.resize(std::max(widths.size(), row.size()));
      for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    std::string text;
    for (const auto& row : rows_) {
      std::string line;
      for (std::size_t i = 0; i < row.size(); ++i) {
        line += i == 0 ? fmt::format("{:<{}}", row[i], widths[i])
                       : fmt::format("  {:>{}}", row[i], widths[i]);
      }
      text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
    }
    return text;
  }

 private:
  std::vector<std::vector<std::string>> rows_;
};

template <std::size_t N>
std::string MetricTable(const Report& report, const Column (&columns)[N]) {
  Table table;
  std::vector<std::string> heading = {"router"};
  for (const Column& column : columns) {
    const bool money = column.metric == Metric::kNearStrongCost && report.prices;
    heading.push_back(money ? "USD / M tokens" : std::string(column.title));
  }
  table.Add(std::move(heading));
  const auto add = [&](const std::string& name, const Metrics& metrics,
                       const MetricIntervals* intervals) {
    std::vector<std::string> row = {name};
    for (const Column& column : columns) row.push_back(Cell(column, metrics, intervals));
    table.Add(std::move(row));
  };
  for (const RouterEvaluation& router : report.evaluation.routers) {
    add(router.name, router.metrics, &router.intervals);
  }
  add("oracle", report.evaluation.optimum_metrics, nullptr);
  return table.Text();
}

std::string Models(const Report& report) {
  Table table;
  const auto add = [&](const char* role, const std::string& model, double quality,
                       std::optional<double> price) {
    table.Add({fmt::format("{}  {}", role, model), fmt::format("{:.3f} {}", quality, report.unit),
               price ? fmt::format("{} USD / M tokens", *price) : ""});
  };
  const auto& prices = report.prices;
  add("strong", report.models.strong, report.evaluation.pair.strong,
      prices ? std::optional(prices->strong) : std::nullopt);
  add("weak  ", report.models.weak, report.evaluation.pair.weak,
      prices ? std::optional(prices->weak) : std::nullopt);
  return table.Text();
}

std::string OperatingPoints(const Report& report) {
  std::string text;
  for (const OperatingPoint& point : report.operating_points) {
    text += fmt::format(
        "\n{} at threshold {:g}: {:.3f} [{:.2f}, {:.2f}] {}, {:.2f} [{:.1f}, {:.1f}] "
        "% strong calls",
        point.router, point.threshold, point.quality, point.quality_interval.low,
        point.quality_interval.high, report.unit, point.strong_share,
        point.strong_share_interval.low, point.strong_share_interval.high);
    if (report.prices) text += fmt::format(", {:.3f} USD / M tokens", point.cost);
  }
  return text.empty() ? text : text + '\n';
}

std::string Thresholds(const RouterEvaluation& router, std::size_t queries) {
  Table table;
  table.Add({"threshold", "quality", "strong calls", "weak calls", "strong share"});
  for (auto point = router.curve.rbegin(); point != router.curve.rend(); ++point) {
    const auto strong = std::llround(point->strong_share / 100.0 * static_cast<double>(queries));
    table.Add({fmt::format("{:.6g}", point->threshold), Number(point->quality, 3),
               std::to_string(strong), std::to_string(static_cast<long long>(queries) - strong),
               fmt::format("{:.2f} %", point->strong_share)});
  }
  return fmt::format("\n{}\n{}", router.name, table.Text());
}

std::string OracleShares(const Curve& optimum) {
  Table table;
  table.Add({"strong share", "quality"});
  for (int share = 100; share >= 0; share -= 10) {
    table.Add({fmt::format("{} %", share), Number(QualityAt(optimum, share), 3)});
  }
  return fmt::format("\noracle\n{}", table.Text());
}

}  // namespace

std::string ReportText(const Report& report, bool verbose) {
  std::string text = fmt::format("{}: {} queries", report.name, report.queries);
  if (report.contaminated > 0) {
    text +=
        fmt::format(", {} more left out because they occur in training data", report.contaminated);
  }
  text += "\n" + Models(report) + "\n" + MetricTable(report, kGapColumns);
  text +=
      fmt::format("\nWhere {:.0f} % of the strong model's own quality is reached, {:.3f} {}\n",
                  kNearStrong * 100.0, kNearStrong * report.evaluation.pair.strong, report.unit);
  text += MetricTable(report, kNearStrongColumns);
  text += OperatingPoints(report);
  text += fmt::format("\nIn brackets: 95 % bootstrap intervals, {} resamples of the queries.\n",
                      report.options.bootstrap.resamples);
  text += report.options.rule == CptRule::kInterp
              ? "CPT: as numpy.interp finds it, also where quality falls with more strong calls.\n"
              : "CPT: the smallest share of strong calls that reaches the quality.\n";
  text += report.prices
              ? "Saving: of the cost of drawing the model by lot until the quality is the same.\n"
              : "Saving: of the strong calls of drawing the model by lot until the quality is the "
                "same;\nwith prices (--price MODEL=USD) of the money.\n";
  if (!verbose) return text;
  for (const RouterEvaluation& router : report.evaluation.routers) {
    text += Thresholds(router, report.queries);
  }
  return text + OracleShares(report.evaluation.optimum);
}

std::string ReportText(const PairsReport& report) {
  const PairsEvaluation& evaluation = report.evaluation;
  Table table;
  std::vector<std::string> heading = {"strong > weak", "queries", "strong", "weak"};
  for (const std::string& router : report.routers) heading.push_back("APGR " + router);
  table.Add(std::move(heading));
  std::size_t certain = 0;
  for (const PairEvaluation& pair : evaluation.pairs) {
    certain += pair.gap_is_certain ? 1 : 0;
    std::vector<std::string> row = {fmt::format("{}{} > {}", pair.gap_is_certain ? "" : "~ ",
                                                pair.models.strong, pair.models.weak),
                                    std::to_string(pair.queries), Number(pair.quality.strong, 2),
                                    Number(pair.quality.weak, 2)};
    for (const ApgrFigure& apgr : pair.routers) {
      row.push_back(apgr.interval
                        ? fmt::format("{} [{}, {}]", Number(apgr.value, 3),
                                      Number(apgr.interval->low, 2), Number(apgr.interval->high, 2))
                        : Number(apgr.value, 3));
    }
    table.Add(std::move(row));
  }
  Table summary;
  summary.Add({"router", "mean APGR", "median", "above random", "below random"});
  for (std::size_t i = 0; i < report.routers.size(); ++i) {
    const PairsSummary& router = evaluation.routers[i];
    summary.Add({report.routers[i], Number(router.mean_apgr, 4), Number(router.median_apgr, 4),
                 std::to_string(router.above_random), std::to_string(router.below_random)});
  }
  return fmt::format(
      "{}: {} pairs of models with at least {} common queries\n\n{}\n"
      "Over the {} pairs whose gap is certain (~: the 95 % interval of the gap holds 0):\n{}"
      "above, below random: pairs whose 95 % interval lies above or below 0.5\n",
      report.name, evaluation.pairs.size(), report.min_queries, table.Text(), certain,
      summary.Text());
}

}  // namespace routellm::evaluation
