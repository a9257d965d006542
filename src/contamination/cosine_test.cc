#include "contamination/cosine.h"

#include <gmock/gmock.h>

#include <numeric>
#include <random>

namespace routellm::contamination {
namespace {

using embedding::Matrix;
using ::testing::FieldsAre;
using ::testing::FloatNear;
using ::testing::IsEmpty;
using ::testing::Pointwise;

const auto kQuiet = [](std::size_t) {};

Matrix Random(std::size_t rows, std::size_t columns, unsigned seed) {
  Matrix matrix{rows, columns, std::vector<float>(rows * columns)};
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  for (float& value : matrix.values) value = normal(random);
  ScaleRows(matrix);
  return matrix;
}

TEST(ScaleRowsTest, LeavesZerosAndCopesWithAnySize) {
  Matrix rows{3, 2, {3, 4, 0, 0, 3e30F, 4e30F}};
  ScaleRows(rows);
  EXPECT_THAT(rows.values, Pointwise(FloatNear(1e-6F), {0.6F, 0.8F, 0.0F, 0.0F, 0.6F, 0.8F}));
}

// Sizes around the bounds of blocks and lanes.
TEST(FindCosinePairsTest, AgreesWithComparingAllPairs) {
  for (const auto& [rows, others, columns] : std::vector<std::array<std::size_t, 3>>{
           {1, 1, 1}, {2, 3, 3}, {3, 4, 4}, {97, 41, 7}, {200, 9, 17}, {5, 1100, 64}}) {
    const Matrix a = Random(rows, columns, 1);
    const Matrix b = Random(others, columns, 2);
    for (const double threshold : {-2.0, 0.0, 0.5}) {
      const auto found = FindCosinePairs(a, b, threshold, kQuiet);
      auto pair = found.begin();
      for (std::uint32_t i = 0; i < rows; ++i) {
        for (std::uint32_t j = 0; j < others; ++j) {
          const auto one = a.Row(i);
          const auto other = b.Row(j);
          const double exact = std::inner_product(one.begin(), one.end(), other.begin(), 0.0);
          if (exact < threshold) continue;
          ASSERT_NE(pair, found.end());
          ASSERT_THAT(*pair, FieldsAre(i, j, FloatNear(static_cast<float>(exact), 1e-5F)));
          ++pair;
        }
      }
      EXPECT_EQ(pair, found.end());
    }
  }
}

TEST(FindCosinePairsTest, EqualRowsReachOneAndZerosNothing) {
  const Matrix rows = Random(50, 33, 3);
  EXPECT_EQ(FindCosinePairs(rows, rows, 1.0, kQuiet).size(), 50U);
  const Matrix zeros{2, 33, std::vector<float>(66)};
  EXPECT_THAT(FindCosinePairs(zeros, zeros, 0.1, kQuiet), IsEmpty());
  EXPECT_THAT(FindCosinePairs({0, 33, {}}, rows, 0.1, kQuiet), IsEmpty());
  EXPECT_THAT(FindCosinePairs(rows, {0, 33, {}}, 0.1, kQuiet), IsEmpty());
}

TEST(FindCosinePairsTest, ReportsUpToTheLastRow) {
  std::vector<std::size_t> done;
  const Matrix rows = Random(250, 4, 4);
  static_cast<void>(FindCosinePairs(rows, rows, 0.9, [&](std::size_t n) { done.push_back(n); }));
  ASSERT_EQ(done.size(), 3U);
  EXPECT_EQ(done.back(), 250U);
}

}  // namespace
}  // namespace routellm::contamination
