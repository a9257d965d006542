#include "evaluation/certified_threshold.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "evaluation/loss_bound.h"

namespace routellm::evaluation {
namespace {

constexpr int kSteps = 10'000;  // thresholds are whole multiples of 1 / kSteps

double Grid(int step) { return static_cast<double>(step) / kSteps; }

bool InUnitInterval(double value) { return value >= 0.0 && value <= 1.0; }

Result<void> Check(std::span<const LabelledQuery> sample, const CertificationOptions& options) {
  if (!(options.max_quality_loss > 0.0 && options.max_quality_loss < 1.0)) {
    return Fail(ErrorCode::kInvalidRequest,
                "the quality loss that is allowed must lie between 0 and 1, both excluded");
  }
  if (!(options.confidence > 0.0 && options.confidence < 1.0)) {
    return Fail(ErrorCode::kInvalidRequest,
                "the confidence must lie between 0 and 1, both excluded");
  }
  if (sample.empty()) return Fail(ErrorCode::kInvalidData, "there is no labelled query");
  for (const LabelledQuery& query : sample) {
    if (!InUnitInterval(query.win_rate) || !InUnitInterval(query.strong) ||
        !InUnitInterval(query.weak)) {
      return Fail(ErrorCode::kInvalidData, "win rates and outcomes must lie in [0, 1]");
    }
  }
  return {};
}

// The losses of a sample as the threshold rises: in an order that was drawn before, query by query
// from 0 to the difference of its outcomes.
class RisingThreshold {
 public:
  RisingThreshold(std::span<const LabelledQuery> sample, LossBound bound)
      : losses_(sample.size(), 0.0) {
    queries_.reserve(sample.size());
    for (const LabelledQuery& query : sample) {
      const double loss = query.strong - query.weak;
      queries_.push_back(
          {query.win_rate, bound == LossBound::kBetting ? loss : std::max(0.0, loss), 0});
    }
    DrawPositions();
    std::sort(queries_.begin(), queries_.end(),
              [](const Query& a, const Query& b) { return a.win_rate < b.win_rate; });
  }

  // Sends every query with a win rate below `threshold` to the weak model; whether that are more
  // than before.
  bool RaiseTo(double threshold) {
    const std::size_t before = weak_;
    for (; weak_ < queries_.size() && queries_[weak_].win_rate < threshold; ++weak_) {
      losses_[queries_[weak_].position] = queries_[weak_].loss;
      sum_ += queries_[weak_].loss;
    }
    return weak_ > before;
  }

  [[nodiscard]] std::size_t weak() const { return weak_; }
  [[nodiscard]] std::span<const double> losses() const { return losses_; }
  [[nodiscard]] ThresholdEffect Effect(double threshold) const {
    const auto size = static_cast<double>(queries_.size());
    return {*Threshold::Create(threshold), 1.0 - static_cast<double>(weak_) / size, sum_ / size};
  }

 private:
  struct Query {
    double win_rate;
    double loss;  // if the weak model answers
    std::size_t position;
  };

  // A random order makes the losses exchangeable though files are sorted by subject; a fixed seed
  // makes it the same in each run.
  void DrawPositions() {
    std::mt19937_64 random(1);
    for (std::size_t i = 0; i < queries_.size(); ++i) {
      queries_[i].position = i;
      std::swap(queries_[i].position, queries_[random() % (i + 1)].position);
    }
  }

  std::vector<Query> queries_;  // by win rate
  std::vector<double> losses_;
  std::size_t weak_ = 0;  // so many of queries_ go to the weak model
  double sum_ = 0.0;      // of their losses
};

std::optional<LabelEstimate> EstimateLabels(std::span<const LabelledQuery> sample,
                                            const CertificationOptions& options) {
  const double limit = options.max_quality_loss;
  RisingThreshold rising(sample, options.bound);
  std::optional<ThresholdEffect> target;
  std::vector<double> losses;  // at the target
  for (int step = 0; step <= kSteps; ++step) {
    const bool changed = rising.RaiseTo(Grid(step));
    const ThresholdEffect effect = rising.Effect(Grid(step));
    if (target && effect.loss > limit / 2.0) break;
    if (rising.weak() == 0) continue;
    target = effect;
    if (changed) losses.assign(rising.losses().begin(), rising.losses().end());
  }
  if (!target) return std::nullopt;
  const auto needed = [&](std::span<const double> observations) {
    return ObservationsNeeded(limit, observations, 1.0 - options.confidence, options.bound);
  };
  const auto labels = needed(losses);
  if (!labels) return std::nullopt;
  // The sequence begins with the threshold at which nothing is lost.
  const double nothing = 0.0;
  return LabelEstimate{std::max(*labels, *needed({&nothing, 1})), *target};
}

}  // namespace

Result<Certification> CertifyThreshold(std::span<const LabelledQuery> sample,
                                       const CertificationOptions& options) {
  if (auto ok = Check(sample, options); !ok) return tl::unexpected(ok.error());
  Certification result;
  RisingThreshold rising(sample, options.bound);
  for (int step = 0; step <= kSteps; ++step) {
    // Where no query changes sides, the test is the one before.
    const bool changed = rising.RaiseTo(Grid(step));
    if ((changed || step == 0) && !RejectsMeanAbove(options.max_quality_loss, rising.losses(),
                                                    1.0 - options.confidence, options.bound)) {
      break;
    }
    if (rising.weak() > 0) result.certified = rising.Effect(Grid(step));
  }
  if (!result.certified) result.estimate = EstimateLabels(sample, options);
  rising.RaiseTo(2.0);
  result.always_weak = rising.Effect(1.0);
  return result;
}

}  // namespace routellm::evaluation
