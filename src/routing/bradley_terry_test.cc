#include "routing/bradley_terry.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

#include "core/testing/allocations.h"
#include "routing/battle_ranking.h"

namespace routellm::routing {
namespace {

std::vector<double> RandomWins(std::uint64_t seed, std::size_t n, double spread) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> wins(n * n);
  for (double& count : wins) count = std::exp(spread * normal(random));
  return wins;
}

// At the maximum each player's wins are as many as expected.
double LargestSurplus(const std::vector<double>& wins, const std::vector<double>& strengths) {
  const std::size_t n = strengths.size();
  double largest = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    double surplus = 0.0;
    double battles = 0.0;
    for (std::size_t j = 0; j < n; ++j) {
      if (i == j) continue;
      const double both = wins[i * n + j] + wins[j * n + i];
      surplus += wins[i * n + j] - both / (1.0 + std::exp(strengths[j] - strengths[i]));
      battles += both;
    }
    largest = std::max(largest, std::abs(surplus) / battles);
  }
  return largest;
}

TEST(BradleyTerryTest, TwoPlayersHaveTheOddsOfTheirWins) {
  const std::vector<double> wins{5, 3, 1, 7};
  std::vector<double> strengths{0, 0};
  BradleyTerryScratch scratch;
  FitBradleyTerry(wins, strengths, scratch);
  EXPECT_NEAR(strengths[0] - strengths[1], std::log(3.0), 1e-12);
  EXPECT_NEAR(strengths[0] + strengths[1], 0.0, 1e-12);
}

TEST(BradleyTerryTest, WinsAreAsExpectedAtTheMaximumFromAnyStart) {
  BradleyTerryScratch scratch;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const std::size_t n = 2 + seed % 12;
    const auto wins = RandomWins(seed, n, seed % 2 == 0 ? 1.0 : 4.0);
    std::vector<double> from_zero(n, 0.0);
    FitBradleyTerry(wins, from_zero, scratch);
    EXPECT_LT(LargestSurplus(wins, from_zero), 1e-9) << seed;
    std::vector<double> from_afar(n, 0.0);
    from_afar[0] = 30.0;
    from_afar[1] = -30.0;
    FitBradleyTerry(wins, from_afar, scratch);
    for (std::size_t i = 0; i < n; ++i) EXPECT_NEAR(from_afar[i], from_zero[i], 1e-8) << seed;
  }
}

TEST(BradleyTerryTest, StaysFiniteWhereTheMaximumIsFarAway) {
  BradleyTerryScratch scratch;
  const std::vector<double> hopeless{0, 1, 0, 1e-300, 0, 1, 0, 1e-300, 0};
  std::vector<double> strengths(3, 0.0);
  FitBradleyTerry(hopeless, strengths, scratch);
  for (const double strength : strengths) EXPECT_TRUE(std::isfinite(strength));
  EXPECT_GT(strengths[0], strengths[2] + 10.0);
}

TEST(BradleyTerryTest, AllocatesNothingTheSecondTime) {
  const auto wins = RandomWins(1, 10, 1.0);
  std::vector<double> strengths(10, 0.0);
  BradleyTerryScratch scratch;
  FitBradleyTerry(wins, strengths, scratch);
  const std::size_t before = AllocationsOfThisThread();
  FitBradleyTerry(wins, strengths, scratch);
  EXPECT_EQ(AllocationsOfThisThread(), before);
}

TEST(BradleyTerryTest, FindsPlayersThatNothingRanks) {
  EXPECT_EQ(FindUnrankable(std::vector<double>{0, 1, 1, 0}, 2), std::nullopt);
  EXPECT_EQ(FindUnrankable(std::vector<double>{0, 1, 0, 0}, 2), 1U);  // lost everything
  EXPECT_EQ(FindUnrankable(std::vector<double>{0, 0, 1, 0}, 2), 1U);  // won everything
  // A cycle ranks all; two pairs that never met do not.
  EXPECT_EQ(FindUnrankable(std::vector<double>{0, 1, 0, 0, 0, 1, 1, 0, 0}, 3), std::nullopt);
  EXPECT_EQ(FindUnrankable(std::vector<double>{0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0}, 4),
            2U);
}

// The least sum of variances over all ways to part the strengths.
double LeastSum(std::span<const double> strengths, std::size_t tiers) {
  const auto variance = [](std::span<const double> run) {
    const auto size = static_cast<double>(run.size());
    const double mean = std::accumulate(run.begin(), run.end(), 0.0) / size;
    double squares = 0.0;
    for (const double value : run) squares += (value - mean) * (value - mean);
    return squares / size;
  };
  if (tiers == 1 || strengths.size() == 1) return variance(strengths);
  double least = variance(strengths);
  for (std::size_t size = 1; size < strengths.size(); ++size) {
    least = std::min(
        least, variance(strengths.first(size)) + LeastSum(strengths.subspan(size), tiers - 1));
  }
  return least;
}

TEST(MakeTiersTest, ThePartitionIsTheBestOfAll) {
  std::mt19937_64 random(7);
  std::normal_distribution<double> normal;
  for (std::size_t n = 1; n <= 11; ++n) {
    std::vector<double> strengths(n);
    for (double& value : strengths) value = normal(random);
    std::sort(strengths.rbegin(), strengths.rend());
    for (std::size_t tiers = 1; tiers <= 4; ++tiers) {
      const auto parts = MakeTiers(strengths, tiers);
      ASSERT_EQ(parts.size(), n);
      EXPECT_EQ(parts.front(), 0U);
      EXPECT_EQ(parts.back() + 1, std::min(n, tiers));
      double sum = 0.0;
      for (std::size_t tier = 0; tier <= parts.back(); ++tier) {
        const auto begin = std::lower_bound(parts.begin(), parts.end(), tier);
        const auto end = std::upper_bound(parts.begin(), parts.end(), tier);
        sum +=
            LeastSum(std::span(strengths).subspan(static_cast<std::size_t>(begin - parts.begin()),
                                                  static_cast<std::size_t>(end - begin)),
                     1);
      }
      EXPECT_NEAR(sum, LeastSum(strengths, tiers), 1e-12) << n << ' ' << tiers;
    }
  }
}

}  // namespace
}  // namespace routellm::routing
