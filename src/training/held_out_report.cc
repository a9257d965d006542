#include "training/held_out_report.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "core/parallel.h"
#include "training/random.h"

namespace routellm::training {
namespace {

constexpr std::size_t kResamples = 1000;
constexpr std::size_t kBins = 10;

using Weights = std::vector<float>;  // how often each label was drawn

// Labels in the order of one scorer, the lowest score first.
struct Ranking {
  std::vector<std::uint32_t> order;
  std::vector<std::size_t> ends;  // of the runs of equal scores, in `order`
  std::vector<float> scores;      // by label
};

Ranking Rank(std::vector<float> scores) {
  Ranking ranking;
  ranking.order.resize(scores.size());
  std::iota(ranking.order.begin(), ranking.order.end(), 0U);
  std::stable_sort(ranking.order.begin(), ranking.order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return scores[a] < scores[b]; });
  for (std::size_t i = 1; i <= scores.size(); ++i) {
    if (i == scores.size() || scores[ranking.order[i]] != scores[ranking.order[i - 1]])
      ranking.ends.push_back(i);
  }
  ranking.scores = std::move(scores);
  return ranking;
}

struct RankFigures {
  double apgr = 0.5;
  double auc = 0.5;
};

RankFigures FiguresOf(const Ranking& ranking, const HeldOutLabels& labels, const Weights& drawn) {
  double seen = 0.0;     // labels with a lower score
  double lost = 0.0;     // their gain
  double area = 0.0;     // under the gain that is lost
  double against = 0.0;  // decided labels with a lower score
  double in_favour = 0.0;
  double above = 0.0;  // pairs in the right order
  std::size_t at = 0;
  for (const std::size_t end : ranking.ends) {
    double count = 0.0;
    double run_for = 0.0;
    double run_against = 0.0;
    for (; at < end; ++at) {
      const std::uint32_t label = ranking.order[at];
      const double gain = double{drawn[label]} * labels.gains[label];
      count += double{drawn[label]};
      (gain > 0.0 ? run_for : run_against) += std::abs(gain);
    }
    const double gain = run_for - run_against;
    area += count * (lost + 0.5 * gain);
    lost += gain;
    seen += count;
    above += run_for * (against + 0.5 * run_against);
    in_favour += run_for;
    against += run_against;
  }
  RankFigures figures;
  if (lost != 0.0) figures.apgr = 1.0 - area / (seen * lost);
  if (in_favour * against > 0.0) figures.auc = above / (in_favour * against);
  return figures;
}

double CalibrationErrorOf(const Ranking& ranking, const HeldOutLabels& labels,
                          const Weights& drawn) {
  double total = 0.0;
  for (const float weight : drawn) total += double{weight};
  double error = 0.0;
  double gap = 0.0;
  double filled = 0.0;
  std::size_t bin = 1;
  for (const std::uint32_t label : ranking.order) {
    const double weight = double{drawn[label]};
    gap += weight * (double{ranking.scores[label]} - 0.5 - 0.5 * double{labels.gains[label]});
    filled += weight;
    if (filled < total * static_cast<double>(bin) / static_cast<double>(kBins)) continue;
    error += std::abs(gap);
    gap = 0.0;
    ++bin;
  }
  return (error + std::abs(gap)) / total;
}

// What one resample makes of one scorer.
struct Sampled {
  RankFigures ranks;
  double calibration_error = 0.0;
};

Sampled Average(std::span<const Ranking> rankings, bool win_rates, const HeldOutLabels& labels,
                const Weights& drawn) {
  Sampled mean{{0.0, 0.0}, 0.0};
  const auto count = static_cast<double>(rankings.size());
  for (const Ranking& ranking : rankings) {
    const RankFigures figures = FiguresOf(ranking, labels, drawn);
    mean.ranks.apgr += figures.apgr / count;
    mean.ranks.auc += figures.auc / count;
    if (win_rates) mean.calibration_error += CalibrationErrorOf(ranking, labels, drawn) / count;
  }
  return mean;
}

Ranking RandomRanking(std::size_t labels, std::size_t resample) {
  Random random({11, resample});
  std::vector<float> scores(labels);
  for (float& score : scores) score = random.Uniform();
  return Rank(std::move(scores));
}

// Draws as many groups as there are, with repetition.
class GroupSampler {
 public:
  explicit GroupSampler(const std::vector<std::uint32_t>& groups) : of_label_(groups.size()) {
    std::vector<std::uint32_t> distinct = groups;
    std::sort(distinct.begin(), distinct.end());
    distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
    count_ = distinct.size();
    for (std::size_t i = 0; i < groups.size(); ++i) {
      of_label_[i] = static_cast<std::uint32_t>(
          std::lower_bound(distinct.begin(), distinct.end(), groups[i]) - distinct.begin());
    }
  }

  [[nodiscard]] Weights Draw(std::size_t resample) const {
    Random random({7, resample});
    std::vector<float> times(count_);
    for (std::size_t i = 0; i < count_; ++i)
      ++times[random.Below(static_cast<std::uint32_t>(count_))];
    Weights drawn(of_label_.size());
    for (std::size_t i = 0; i < drawn.size(); ++i) drawn[i] = times[of_label_[i]];
    return drawn;
  }

 private:
  std::vector<std::uint32_t> of_label_;
  std::size_t count_ = 0;
};

double MeanGain(const HeldOutLabels& labels, const Weights& drawn) {
  double sum = 0.0;
  double count = 0.0;
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    sum += double{drawn[i]} * labels.gains[i];
    count += double{drawn[i]};
  }
  return sum / count;
}

template <typename Value>
Figure FigureOf(double value, const std::vector<Value>& resamples, const auto& figure) {
  std::vector<double> values;
  values.reserve(resamples.size());
  for (const Value& resample : resamples) values.push_back(figure(resample));
  std::sort(values.begin(), values.end());
  const auto quantile = [&](double share) {
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
  };
  return {value, quantile(0.025), quantile(0.975)};
}

// A resample's calibration error is larger than the labels' own, as each label's deviation counts
// several times: the interval is moved by as much.
Figure Unbiased(Figure figure, double mean_of_resamples) {
  const double bias = mean_of_resamples - figure.value;
  figure.low = std::max(0.0, figure.low - bias);
  figure.high = std::max(0.0, figure.high - bias);
  return figure;
}

void Decide(HeldOutReport& report) {
  const Figure& difference = report.difference;
  if (difference.low > 0.0) {
    report.verdict = Verdict::kBetter;
  } else if (difference.high < 0.0) {
    report.verdict = Verdict::kWorse;
  } else {
    const double half = 0.5 * (difference.high - difference.low);
    const double ratio = half / std::max(difference.value, kLeastDifference);
    const auto labels = static_cast<double>(report.labels);
    report.more_labels =
        static_cast<std::size_t>(std::max(std::ceil(labels * (ratio * ratio - 1.0)), 0.0));
  }
}

// What one resample makes of all scorers.
struct Resample {
  double mean_gain = 0.0;
  std::vector<Sampled> scorers;
};

std::vector<Resample> DrawResamples(const HeldOutLabels& labels, const std::vector<Scorer>& scorers,
                                    const std::vector<std::vector<Ranking>>& rankings) {
  const GroupSampler sampler(labels.groups);
  std::vector<Resample> resamples(kResamples);
  ParallelFor(kResamples, [&](std::size_t number) {
    const Weights drawn = sampler.Draw(number);
    Resample& resample = resamples[number];
    resample.mean_gain = MeanGain(labels, drawn);
    for (std::size_t s = 0; s < scorers.size(); ++s) {
      if (!rankings[s].empty()) {
        resample.scorers.push_back(Average(rankings[s], scorers[s].win_rates, labels, drawn));
      } else {
        const Ranking random = RandomRanking(labels.gains.size(), number);
        resample.scorers.push_back(Average({&random, 1}, false, labels, drawn));
      }
    }
  });
  return resamples;
}

ScorerReport ReportOf(const Scorer& scorer, std::size_t number, const Sampled& value,
                      const std::vector<Resample>& resamples) {
  const auto of = [number](const Resample& resample) -> const Sampled& {
    return resample.scorers[number];
  };
  ScorerReport report{.name = scorer.name, .apgr = {}, .auc = {}, .calibration_error = {}};
  report.apgr = FigureOf(value.ranks.apgr, resamples,
                         [&](const Resample& resample) { return of(resample).ranks.apgr; });
  report.auc = FigureOf(value.ranks.auc, resamples,
                        [&](const Resample& resample) { return of(resample).ranks.auc; });
  if (!scorer.win_rates) return report;
  double mean = 0.0;
  for (const Resample& resample : resamples)
    mean += of(resample).calibration_error / static_cast<double>(kResamples);
  report.calibration_error =
      Unbiased(FigureOf(value.calibration_error, resamples,
                        [&](const Resample& resample) { return of(resample).calibration_error; }),
               mean);
  return report;
}

}  // namespace

HeldOutReport JudgeHeldOut(const HeldOutLabels& labels, const std::vector<Scorer>& scorers) {
  std::vector<std::vector<Ranking>> rankings;
  for (const Scorer& scorer : scorers) {
    auto& of_scorer = rankings.emplace_back();
    for (const std::vector<float>& scores : scorer.scores) of_scorer.push_back(Rank(scores));
  }
  const std::vector<Resample> resamples = DrawResamples(labels, scorers, rankings);

  const Weights once(labels.gains.size(), 1.0F);
  HeldOutReport report{
      .labels = labels.gains.size(), .mean_gain = {}, .scorers = {}, .difference = {}};
  report.mean_gain = FigureOf(MeanGain(labels, once), resamples,
                              [](const Resample& resample) { return resample.mean_gain; });
  // Twice the interval: the share of a gap that may as well be a third as large tells little.
  const double doubt = report.mean_gain.value - report.mean_gain.low;
  report.has_gap = report.mean_gain.value - 2.0 * doubt > 0.0;
  report.has_losses =
      std::any_of(labels.gains.begin(), labels.gains.end(), [](float gain) { return gain < 0.0F; });
  std::vector<Sampled> values;
  for (std::size_t s = 0; s < scorers.size(); ++s) {
    values.push_back(
        rankings[s].empty() ? Sampled{} : Average(rankings[s], scorers[s].win_rates, labels, once));
    report.scorers.push_back(ReportOf(scorers[s], s, values.back(), resamples));
  }
  const auto compared = [&](const std::vector<Sampled>& sampled) {
    return report.has_gap ? sampled[0].ranks.apgr - sampled[1].ranks.apgr
                          : sampled[0].ranks.auc - sampled[1].ranks.auc;
  };
  report.difference = FigureOf(compared(values), resamples, [&](const Resample& resample) {
    return compared(resample.scorers);
  });
  Decide(report);
  return report;
}

}  // namespace routellm::training
