// How good scorers of prompts are on labels that were held out, and whether one is better than
// another or only luckier.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace routellm::training {

// A figure and the interval between its 2.5 and 97.5 % quantiles over resamples of the groups of
// prompts (percentile bootstrap); the calibration error's is freed of the resamples' bias.
struct Figure {
  double value = 0.0;
  double low = 0.0;
  double high = 0.0;
};

struct Scorer {
  std::string name;
  // A score for each label, higher where the strong model is needed more; several where the labels
  // were held out several times, whose figures are averaged. Empty: scored at random.
  std::vector<std::vector<float>> scores;
  bool win_rates = false;  // the scores are probabilities, and have a calibration error
};

struct ScorerReport {
  std::string name;
  Figure apgr;                              // AveragePerformanceGapRecovered
  Figure auc;                               // AreaUnderRoc
  std::optional<Figure> calibration_error;  // ExpectedCalibrationError over 10 bins
};

inline constexpr double kLeastDifference = 0.02;  // worth telling

enum class Verdict : std::uint8_t { kBetter, kNotDistinguishable, kWorse };

struct HeldOutReport {
  std::size_t labels = 0;
  Figure mean_gain;
  // Whether the strong model is better by these labels, beyond doubt: else APGR is a share of
  // nothing, and the verdict is by AUC.
  bool has_gap = false;
  bool has_losses = false;            // whether the weak model ever won: else AUC is undefined
  std::vector<ScorerReport> scorers;  // as given
  Figure difference;                  // the first scorer's less the second's, of the same resamples
  Verdict verdict = Verdict::kNotDistinguishable;
  // More labels, about, with which a difference as large as this one, and at least
  // kLeastDifference, would show; 0 if these are enough.
  std::size_t more_labels = 0;
};

struct HeldOutLabels {
  std::vector<float> gains;           // strong less weak score, in [-1, 1]
  std::vector<std::uint32_t> groups;  // whose labels are drawn together
};

// `labels`: at least one; `scorers`: at least two, the one in question and the one to beat first.
// Runs on all cores; the result depends on the arguments alone.
[[nodiscard]] HeldOutReport JudgeHeldOut(const HeldOutLabels& labels,
                                         const std::vector<Scorer>& scorers);

}  // namespace routellm::training
