#include "training/placement.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numeric>
#include <random>
#include <set>

namespace routellm::training {
namespace {

double Draw(std::mt19937_64& random) { return static_cast<double>(random() >> 11) * 0x1p-53; }
double Sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

const std::vector<double> kAbilities = {-2.0, -1.2, -0.6, 0.0, 0.5, 1.1, 1.8};

routing::MfFunctions Functions() {
  routing::MfFunctions functions;
  functions.ability_middle = 0.0;
  functions.ability_range = 1.5;
  return functions;
}

// Items of one source whose difficulty, beyond their easiness, is drawn as the model says; known
// models have answered them if `known`.
struct Drawn {
  std::vector<ProbeItem> items;
  std::vector<double> difficulties;
};

Drawn DrawItems(std::size_t count, bool known, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  Drawn drawn;
  const double level = normal(random);
  for (std::uint32_t q = 0; q < count; ++q) {
    ProbeItem item{
        .query = q, .easiness = 0.5 * normal(random), .discrimination = 0.0, .known = {}};
    const double difficulty = level + std::sqrt(1.5) * normal(random);
    for (const double ability : kAbilities) {
      if (!known) break;
      const double p = Sigmoid(ability + item.easiness + difficulty);
      item.known.push_back({ability, ability / 1.5, Draw(random) < p ? 1.0 : 0.0});
    }
    drawn.items.push_back(item);
    drawn.difficulties.push_back(difficulty);
  }
  return drawn;
}

std::vector<ProbeAnswer> DrawAnswers(const Drawn& drawn, double ability, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<ProbeAnswer> answers;
  for (std::size_t i = 0; i < drawn.items.size(); ++i) {
    const double p = Sigmoid(ability + drawn.items[i].easiness + drawn.difficulties[i]);
    answers.push_back({&drawn.items[i], 0, Draw(random) < p ? 1.0 : 0.0});
  }
  return answers;
}

// Over many draws, the truth lies within two standard errors as often as it should.
TEST(PlacementTest, FindsTheAbilityWithinItsError) {
  int covered = 0;
  double error = 0.0;
  constexpr int kRounds = 60;
  for (int round = 0; round < kRounds; ++round) {
    const auto seed = static_cast<std::uint64_t>(round);
    const Drawn drawn = DrawItems(60, true, seed);
    const double truth = -1.0 + 2.0 * round / kRounds;
    const auto answers = DrawAnswers(drawn, truth, seed + 1000);
    const Placement placement = PlaceModel(answers, Functions(), kAbilities, {});
    EXPECT_NEAR(std::accumulate(placement.posterior.begin(), placement.posterior.end(), 0.0), 1.0,
                1e-9);
    EXPECT_EQ(placement.answers, 60U);
    EXPECT_EQ(placement.known_answers, 60U * kAbilities.size());
    error += std::abs(placement.ability - truth) / kRounds;
    if (std::abs(placement.ability - truth) < 2.0 * placement.error) ++covered;
  }
  EXPECT_GE(covered, 51);
  EXPECT_LT(error, 0.4);
}

TEST(PlacementTest, KnownModelsOnTheSameQueriesMakeItMoreCertain) {
  const Drawn with = DrawItems(60, true, 5);
  Drawn without = with;
  for (ProbeItem& item : without.items) item.known.clear();
  const Placement sure = PlaceModel(DrawAnswers(with, 0.3, 1), Functions(), kAbilities, {});
  const Placement unsure = PlaceModel(DrawAnswers(without, 0.3, 1), Functions(), kAbilities, {});
  EXPECT_LT(sure.error, 0.7 * unsure.error);
}

TEST(PlacementTest, BoundsAreKept) {
  const Drawn drawn = DrawItems(60, true, 7);
  const auto answers = DrawAnswers(drawn, 1.5, 3);
  const Placement placement =
      PlaceModel(answers, Functions(), kAbilities, {.above = -0.6, .below = 0.0});
  EXPECT_GT(placement.ability, -0.6);
  EXPECT_LT(placement.ability, 0.0);
  EXPECT_EQ(placement.ChanceAbove(0.0), 0.0);
  EXPECT_NEAR(placement.ChanceAbove(-0.6), 1.0, 1e-9);
}

TEST(PlacementTest, WithoutAnswersItIsThePriorWithinTheBounds) {
  const Placement prior = PlaceModel({}, Functions(), kAbilities, {});
  double mean = 0.0;
  for (const double ability : kAbilities) mean += ability / static_cast<double>(kAbilities.size());
  EXPECT_NEAR(prior.ability, mean, 0.05);
  const Placement between = PlaceModel({}, Functions(), kAbilities, {.above = 0.5, .below = 1.1});
  EXPECT_GT(between.ability, 0.5);
  EXPECT_LT(between.error, 0.25);
}

TEST(ChooseProbeTest, SpreadsOverKindsAndTakesNoGroupTwice) {
  const Drawn drawn = DrawItems(400, true, 9);
  std::vector<std::uint32_t> groups;
  std::vector<PromptKind> kinds;
  for (std::uint32_t i = 0; i < 400; ++i) {
    groups.push_back(i / 2);
    kinds.push_back(i % 40 == 0  ? PromptKind::kCode
                    : i % 4 == 1 ? PromptKind::kMultipleChoice
                                 : PromptKind::kOther);
  }
  const auto chosen = ChooseProbe(drawn.items, groups, kinds, Functions(), kAbilities, 45);
  ASSERT_EQ(chosen.size(), 45U);
  std::set<std::uint32_t> taken;
  std::map<PromptKind, int> counts;
  for (const std::size_t at : chosen) {
    taken.insert(groups[at]);
    ++counts[kinds[at]];
  }
  EXPECT_EQ(taken.size(), 45U);
  EXPECT_GE(counts[PromptKind::kCode], 7) << "of the ten that there are";
  EXPECT_GE(counts[PromptKind::kMultipleChoice], 15);
  EXPECT_GE(counts[PromptKind::kOther], 15);
}

// A chosen probe tells more than one drawn at random.
TEST(ChooseProbeTest, ChoosesWhatTellsMost) {
  const Drawn drawn = DrawItems(600, true, 11);
  std::vector<std::uint32_t> groups(600);
  std::iota(groups.begin(), groups.end(), 0U);
  const std::vector<PromptKind> kinds(600, PromptKind::kOther);
  const auto chosen = ChooseProbe(drawn.items, groups, kinds, Functions(), kAbilities, 40);
  double error_chosen = 0.0;
  double error_first = 0.0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const auto all = DrawAnswers(drawn, 0.4, seed);
    std::vector<ProbeAnswer> probe;
    for (const std::size_t at : chosen) probe.push_back(all[at]);
    error_chosen += PlaceModel(probe, Functions(), kAbilities, {}).error;
    error_first += PlaceModel(std::span(all).first(40), Functions(), kAbilities, {}).error;
  }
  EXPECT_LT(error_chosen, 0.9 * error_first);
}

TEST(ChooseProbeTest, GivesWhatThereIs) {
  const Drawn drawn = DrawItems(5, false, 1);
  const std::vector<std::uint32_t> groups = {0, 0, 1, 2, 3};
  const std::vector<PromptKind> kinds(5, PromptKind::kOther);
  EXPECT_EQ(ChooseProbe(drawn.items, groups, kinds, Functions(), kAbilities, 10).size(), 4U);
}

}  // namespace
}  // namespace routellm::training
