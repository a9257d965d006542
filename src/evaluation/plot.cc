#include "evaluation/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

namespace routellm::evaluation {
namespace {

// Told apart by people with any colour vision (Okabe and Ito, "Color Universal Design", 2008, with
// wine of Tol's "Colour Schemes", 2021, and a grey).
constexpr std::array<std::string_view, 9> kColours = {"#0072B2", "#D55E00", "#009E73",
                                                      "#CC79A7", "#E69F00", "#56B4E9",
                                                      "#000000", "#882255", "#8A8A8A"};

// In single quotes, as gnuplot reads them.
std::string Text(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\n' || c == '\r') continue;
    quoted += c;
    if (c == '\'') quoted += c;
  }
  return quoted + "'";
}

std::string DataBlock(std::string_view name, const Curve& curve) {
  std::string block = fmt::format("${} << EOD\n", name);
  for (const CurvePoint& point : curve) {
    fmt::format_to(std::back_inserter(block), "{:.4f} {:.5f}\n", point.strong_share, point.quality);
  }
  return block + "EOD\n";
}

// Room above the highest curve and below the lowest, where the weak model's name stands.
std::string QualityRange(const Report& report) {
  double low = std::min(report.evaluation.pair.weak, report.evaluation.pair.strong);
  double high = std::max(report.evaluation.optimum.back().quality, report.evaluation.pair.strong);
  for (const RouterEvaluation& router : report.evaluation.routers) {
    for (const CurvePoint& point : router.full) {
      low = std::min(low, point.quality);
      high = std::max(high, point.quality);
    }
  }
  const double margin = std::max(0.08 * (high - low), 1e-3);
  return fmt::format("set yrange [{:.5f}:{:.5f}]\n", low - margin, high + margin);
}

// A line at what a model reaches alone, named at its right end, where the curves are not: above the
// strong model's line and below the weak one's.
std::string ModelLine(int tag, std::string_view role, const std::string& model, double quality,
                      double offset) {
  return fmt::format(
      "set arrow {0} from 0,{1:.5f} to 100,{1:.5f} nohead lc rgb '#777777' dashtype 2\n"
      "set label {0} {2} at 100,{1:.5f} right offset 0,{3} noenhanced textcolor rgb '#555555'\n",
      tag, quality, Text(fmt::format("{}: {}", role, model)), offset);
}

}  // namespace

std::string GnuplotProgram(const Report& report) {
  const Evaluation& evaluation = report.evaluation;
  std::string program = DataBlock("optimum", Thinned(evaluation.optimum, kDrawnPoints));
  std::string plots = "$optimum using 1:2 with lines lc rgb '#777777' dashtype 3 title 'oracle'";
  for (std::size_t i = 0; i < evaluation.routers.size(); ++i) {
    const RouterEvaluation& router = evaluation.routers[i];
    const std::string_view colour = kColours[i % kColours.size()];
    program += DataBlock(fmt::format("full{}", i), Thinned(router.full, kDrawnPoints));
    program += DataBlock(fmt::format("bins{}", i), router.curve);
    const auto& apgr = router.metrics[Metric::kApgr];
    const std::string title =
        apgr ? fmt::format("{} (APGR {:.3f})", router.name, *apgr) : router.name;
    plots += fmt::format(
        ", \\\n  $full{0} using 1:2 with lines lc rgb '{1}' lw 1.5 notitle, \\\n  $bins{0} using "
        "1:2 "
        "with points lc rgb '{1}' pt {2} ps 0.8 notitle, \\\n  NaN with linespoints lc rgb '{1}' "
        "lw "
        "1.5 pt {2} ps 0.8 title {3} noenhanced",
        i, colour, 5 + i % 9, Text(title));
  }
  program += fmt::format(
      "set title {} noenhanced\n"
      "set xlabel 'calls to the strong model (%)'\n"
      "set ylabel {} noenhanced\n"
      "set xrange [0:100]\n{}"
      "set border 3\nset tics nomirror out\nset grid ytics lc rgb '#e4e4e4' lt 1\n"
      "set key below Left reverse noenhanced height 1 spacing 1.1\nset samples 2\n",
      Text(report.name), Text(report.unit), QualityRange(report));
  program += ModelLine(1, "strong", report.models.strong, evaluation.pair.strong, 0.6);
  program += ModelLine(2, "weak", report.models.weak, evaluation.pair.weak, -0.6);
  program += fmt::format(
      "set terminal svg size 900,640 font 'Helvetica,15' background "
      "'white'\nset output 'curves.svg'\nplot {0}\n"
      "set terminal pngcairo size 1800,1280 font 'Helvetica,15' fontscale 2 "
      "linewidth 2 pointscale 2\nset output 'curves.png'\nreplot\n",
      plots);
  return program;
}

}  // namespace routellm::evaluation
