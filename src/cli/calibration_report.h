// What `routellm calibrate` prints, for people and as JSON.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/win_rate.h"
#include "evaluation/calibration.h"
#include "evaluation/certified_threshold.h"

namespace routellm::cli {

struct ShareCalibration {
  struct Line {
    StrongShare share;
    evaluation::CalibratedThreshold found;
  };

  std::string router;
  std::optional<std::string> input;  // none: the router's calibration table, without counts
  std::size_t prompts = 0;
  std::size_t without_text = 0;
  std::vector<Line> lines;
};

// A line for each share, as the Python package prints it.
[[nodiscard]] std::string ReportText(const ShareCalibration& calibration);
[[nodiscard]] std::string ReportJson(const ShareCalibration& calibration);

struct CertificationReport {
  std::string router;
  std::string strong_model;
  std::string weak_model;
  std::size_t queries = 0;
  evaluation::CertificationOptions options;
  evaluation::Certification certification;
};

[[nodiscard]] std::string ReportText(const CertificationReport& report);
[[nodiscard]] std::string ReportJson(const CertificationReport& report);

}  // namespace routellm::cli
