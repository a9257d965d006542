#include "training/held_out_report.h"

#include <gtest/gtest.h>

#include "training/metrics.h"
#include "training/random.h"

namespace routellm::training {
namespace {

// Labels whose strong model wins the more often the higher `signal` is, each a group of its own.
struct Sample {
  HeldOutLabels labels;
  std::vector<float> signal;
};

Sample MakeSample(std::size_t count, std::uint64_t seed, float strength) {
  Random random({seed});
  Sample sample;
  for (std::uint32_t i = 0; i < count; ++i) {
    const float signal = random.Uniform();
    const float win = random.Uniform() < 0.3F + strength * signal ? 1.0F : 0.0F;
    const float loss = random.Uniform() < 0.1F ? 1.0F : 0.0F;
    sample.labels.gains.push_back(win - loss);
    sample.labels.groups.push_back(i);
    sample.signal.push_back(signal);
  }
  return sample;
}

std::vector<float> Noise(std::size_t count, std::uint64_t seed) {
  Random random({seed, 99});
  std::vector<float> noise(count);
  for (float& value : noise) value = random.Uniform();
  return noise;
}

TEST(JudgeHeldOutTest, FiguresAreThoseOfTheMetrics) {
  const Sample sample = MakeSample(500, 1, 0.5F);
  std::vector<float> coarse = sample.signal;
  for (float& score : coarse) score = static_cast<float>(static_cast<int>(score * 20.0F)) / 20.0F;
  const auto report =
      JudgeHeldOut(sample.labels, {{.name = "signal", .scores = {coarse}, .win_rates = true},
                                   {.name = "random", .scores = {}}});
  std::vector<Judged> judged;
  for (std::size_t i = 0; i < coarse.size(); ++i)
    judged.push_back({coarse[i], 0.5F + 0.5F * sample.labels.gains[i]});
  const ScorerReport& signal = report.scorers[0];
  EXPECT_NEAR(signal.apgr.value, AveragePerformanceGapRecovered(judged).Value(0.0), 1e-9);
  EXPECT_NEAR(signal.auc.value, AreaUnderRoc(judged).Value(0.0), 1e-9);
  ASSERT_TRUE(signal.calibration_error);
  EXPECT_NEAR(signal.calibration_error->value, ExpectedCalibrationError(judged, 10), 0.02);
  for (const Figure& figure : {signal.apgr, signal.auc, *signal.calibration_error}) {
    EXPECT_LT(figure.low, figure.value);
    EXPECT_GT(figure.high, figure.value);
  }
  const ScorerReport& random = report.scorers[1];
  EXPECT_EQ(random.apgr.value, 0.5);
  EXPECT_LT(random.apgr.low, 0.49);
  EXPECT_GT(random.apgr.high, 0.51);
  EXPECT_FALSE(random.calibration_error);
}

TEST(JudgeHeldOutTest, ARealImprovementIsCalledOne) {
  const Sample sample = MakeSample(1000, 2, 0.6F);
  const auto noise = Noise(1000, 2);
  const auto report = JudgeHeldOut(sample.labels, {{.name = "signal", .scores = {sample.signal}},
                                                   {.name = "noise", .scores = {noise}}});
  EXPECT_TRUE(report.has_gap);
  EXPECT_EQ(report.verdict, Verdict::kBetter);
  EXPECT_EQ(report.more_labels, 0U);
  const auto reverse = JudgeHeldOut(sample.labels, {{.name = "noise", .scores = {noise}},
                                                    {.name = "signal", .scores = {sample.signal}}});
  EXPECT_EQ(reverse.verdict, Verdict::kWorse);
  EXPECT_DOUBLE_EQ(reverse.difference.value, -report.difference.value);
}

TEST(JudgeHeldOutTest, NoiseIsNotCalledAnImprovement) {
  int better = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Sample sample = MakeSample(200, seed, 0.3F);
    const auto report =
        JudgeHeldOut(sample.labels, {{.name = "one", .scores = {Noise(200, 2 * seed)}},
                                     {.name = "other", .scores = {Noise(200, 2 * seed + 1)}}});
    if (report.verdict == Verdict::kBetter) ++better;
    if (report.verdict == Verdict::kNotDistinguishable) {
      EXPECT_GT(report.more_labels, 0U);
    }
    EXPECT_TRUE(report.has_losses);
  }
  EXPECT_LE(better, 4);  // 1 is expected
}

TEST(JudgeHeldOutTest, LabelsOfOneGroupAreDrawnTogether) {
  const Sample sample = MakeSample(200, 3, 0.5F);
  HeldOutLabels four_times;
  std::vector<float> signal;
  for (int copy = 0; copy < 4; ++copy) {
    const auto append = [](auto& to, const auto& from) {
      to.insert(to.end(), from.begin(), from.end());
    };
    append(four_times.gains, sample.labels.gains);
    append(four_times.groups, sample.labels.groups);
    append(signal, sample.signal);
  }
  const Scorer random{.name = "random", .scores = {}};
  const auto once = JudgeHeldOut(sample.labels, {{.name = "", .scores = {sample.signal}}, random});
  const auto copied = JudgeHeldOut(four_times, {{.name = "", .scores = {signal}}, random});
  const auto width = [](const Figure& figure) { return figure.high - figure.low; };
  EXPECT_NEAR(width(copied.scorers[0].auc), width(once.scorers[0].auc), 1e-9);
}

TEST(JudgeHeldOutTest, WithoutAGapTheVerdictIsByAuc) {
  Sample sample = MakeSample(400, 4, 0.0F);
  for (std::size_t i = 0; i < 400; ++i)
    sample.labels.gains[i] = sample.signal[i] > 0.5F ? 1.0F : -1.0F;
  const auto report = JudgeHeldOut(sample.labels, {{.name = "signal", .scores = {sample.signal}},
                                                   {.name = "noise", .scores = {Noise(400, 4)}}});
  EXPECT_FALSE(report.has_gap);
  EXPECT_EQ(report.verdict, Verdict::kBetter);
  EXPECT_NEAR(report.difference.value, report.scorers[0].auc.value - report.scorers[1].auc.value,
              1e-9);
}

}  // namespace
}  // namespace routellm::training
