#include "cli/calibration_report.h"

#include <fmt/format.h>

#include <cmath>

#include <nlohmann/json.hpp>

namespace routellm::cli {
namespace {

using evaluation::CalibratedThreshold;
using evaluation::LossBound;
using evaluation::ThresholdEffect;
using nlohmann::ordered_json;

// As Python prints a percentage: at least one decimal, and no rounding errors of the
// multiplication.
std::string Percent(StrongShare share) {
  constexpr double kPrecision = 1e9;
  const double percent = std::round(share.value() * 100.0 * kPrecision) / kPrecision;
  return percent == std::floor(percent) ? fmt::format("{:.1f}", percent)
                                        : fmt::format("{}", percent);
}

double Achieved(const ShareCalibration& calibration, const CalibratedThreshold& found) {
  return static_cast<double>(found.strong) / static_cast<double>(calibration.prompts);
}

// Whether the share is missed by a prompt or more, which takes equal win rates.
bool IsMissed(const ShareCalibration& calibration, const ShareCalibration::Line& line) {
  const auto prompts = static_cast<double>(calibration.prompts);
  return std::abs(static_cast<double>(line.found.strong) - line.share.value() * prompts) >= 1.0;
}

std::string_view Name(LossBound bound) {
  return bound == LossBound::kBetting ? "betting" : "hoeffding-bentkus";
}

ordered_json ToJson(const ThresholdEffect& effect) {
  return {{"threshold", effect.threshold.value()},
          {"strong_share", effect.strong_share},
          {"saved_strong_share", 1.0 - effect.strong_share},
          {"quality_loss", effect.loss}};
}

std::string Sample(const ThresholdEffect& effect) {
  return fmt::format("quality loss {:.4f}, strong calls {:.1f} % ({:.1f} % saved)", effect.loss,
                     100.0 * effect.strong_share, 100.0 * (1.0 - effect.strong_share));
}

}  // namespace

std::string ReportText(const ShareCalibration& calibration) {
  std::string text;
  for (const auto& line : calibration.lines) {
    const CalibratedThreshold& found = line.found;
    text +=
        fmt::format("For {}% strong model calls for {}, threshold = {:.{}f}", Percent(line.share),
                    calibration.router, found.threshold.value(), found.decimals);
    if (calibration.input && IsMissed(calibration, line)) {
      text += fmt::format(" (which {:.1f}% of these prompts reach: many win rates are equal)",
                          100.0 * Achieved(calibration, found));
    }
    text += '\n';
  }
  return text;
}

std::string ReportJson(const ShareCalibration& calibration) {
  const bool counted = calibration.input.has_value();
  ordered_json json = {{"router", calibration.router},
                       {"input", counted ? ordered_json(*calibration.input) : ordered_json()},
                       {"prompts", counted ? ordered_json(calibration.prompts) : ordered_json()}};
  if (counted) json["without_text"] = calibration.without_text;
  json["thresholds"] = ordered_json::array();
  for (const auto& line : calibration.lines) {
    json["thresholds"].push_back(
        {{"strong_model_pct", line.share.value()},
         {"threshold", line.found.threshold.value()},
         {"achieved", counted ? ordered_json(Achieved(calibration, line.found)) : ordered_json()}});
  }
  return json.dump() + "\n";
}

std::string ReportText(const CertificationReport& report) {
  const auto& [certified, estimate, always_weak] = report.certification;
  const auto& options = report.options;
  std::string text = fmt::format("{} labelled queries, {} over {}, router {}\n", report.queries,
                                 report.strong_model, report.weak_model, report.router);
  const std::string claim = fmt::format(
      "with {:g} % confidence, a quality loss of at most {:g}{}", 100.0 * options.confidence,
      options.max_quality_loss, options.bound == LossBound::kBetting ? "" : ", gains not counted");
  if (certified) {
    text +=
        fmt::format("threshold     {:g}\ncertified     {} against {} alone\non sample     {}\n",
                    certified->threshold.value(), claim, report.strong_model, Sample(*certified));
  } else {
    text += fmt::format("no threshold  this sample does not certify, {}, for any saving\n", claim);
    text +=
        estimate
            ? fmt::format(
                  "more labels   about {} queries like these would certify threshold {:g}: {}\n",
                  estimate->labels, estimate->effect.threshold.value(), Sample(estimate->effect))
            : "more labels   would not help: the first calls to be saved already lose too much\n";
  }
  return text + fmt::format("{:<14}{}\n", "always weak", Sample(always_weak));
}

std::string ReportJson(const CertificationReport& report) {
  const auto& [certified, estimate, always_weak] = report.certification;
  ordered_json json = {{"router", report.router},
                       {"strong_model", report.strong_model},
                       {"weak_model", report.weak_model},
                       {"queries", report.queries},
                       {"max_quality_loss", report.options.max_quality_loss},
                       {"confidence", report.options.confidence},
                       {"bound", Name(report.options.bound)},
                       {"certified", certified ? ToJson(*certified) : ordered_json()}};
  json["estimate"] = nullptr;
  if (estimate) {
    json["estimate"] = ToJson(estimate->effect);
    json["estimate"]["labels"] = estimate->labels;
  }
  json["always_weak_quality_loss"] = always_weak.loss;
  return json.dump() + "\n";
}

}  // namespace routellm::cli
