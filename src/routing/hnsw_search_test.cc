#include "routing/hnsw_search.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>
#include <set>
#include <thread>

namespace routellm::routing {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kRows = 2000;
constexpr std::size_t kColumns = 48;

// Vectors of length 1 around a few dozen directions, as those of texts are.
std::vector<float> ClusteredRows(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 centres(3);
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> directions(40 * kColumns);
  for (float& value : directions) value = normal(centres);
  std::vector<float> rows(count * kColumns);
  for (std::size_t row = 0; row < count; ++row) {
    const float* centre = &directions[(random() % 40) * kColumns];
    double squares = 0.0;
    for (std::size_t i = 0; i < kColumns; ++i) {
      float& value = rows[row * kColumns + i] = centre[i] + normal(random);
      squares += double{value} * value;
    }
    for (std::size_t i = 0; i < kColumns; ++i)
      rows[row * kColumns + i] /= static_cast<float>(std::sqrt(squares));
  }
  return rows;
}

class HnswSearchTest : public testing::Test {
 protected:
  const std::vector<float> rows_ = ClusteredRows(kRows, 1);
  const std::vector<float> queries_ = ClusteredRows(100, 2);
  const std::unique_ptr<HnswSearch> search_ = HnswSearch::Build(rows_, kColumns);
};

TEST_F(HnswSearchTest, FindsNearlyAllOfTheNearest) {
  const ExactSearch exact(rows_, kColumns);
  std::size_t found = 0;
  std::vector<Neighbour> mine;
  std::vector<Neighbour> nearest;
  for (std::size_t q = 0; q < 100; ++q) {
    const auto query = std::span(queries_).subspan(q * kColumns, kColumns);
    exact.Find(query, 20, nearest);
    search_->Find(query, 20, mine);
    ASSERT_EQ(mine.size(), 20U);
    EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end(), IsNearer));
    std::set<std::uint32_t> true_rows;
    for (const Neighbour& neighbour : nearest) true_rows.insert(neighbour.row);
    for (const Neighbour& neighbour : mine) found += true_rows.count(neighbour.row);
    EXPECT_NEAR(mine.front().cosine, nearest.front().cosine, 1e-6);
  }
  EXPECT_GE(found, 1980U);
}

TEST_F(HnswSearchTest, IsTheSameFromItsGraph) {
  const HnswGraph graph = search_->Graph();
  ASSERT_TRUE(Validate(graph, kRows));
  EXPECT_GT(*std::max_element(graph.levels.begin(), graph.levels.end()), 0);
  const auto again = HnswSearch::Create(graph, rows_, kColumns);
  EXPECT_EQ(again->Graph().base_links, graph.base_links);
  EXPECT_EQ(again->Graph().upper_links, graph.upper_links);
  EXPECT_EQ(HnswSearch::Build(rows_, kColumns)->Graph().base_links, graph.base_links);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 2; ++thread) {
    threads.emplace_back([&] {
      std::vector<Neighbour> a;
      std::vector<Neighbour> b;
      for (std::size_t q = 0; q < 100; ++q) {
        const auto query = std::span(queries_).subspan(q * kColumns, kColumns);
        search_->Find(query, 5, a);
        again->Find(query, 5, b);
        for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(a[i].row, b[i].row);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(HnswSearchTest, RefusesGraphsThatLeadAstray) {
  const HnswGraph graph = search_->Graph();
  const auto refusal = [&](const auto& spoil) {
    HnswGraph spoilt = graph;
    spoil(spoilt);
    const auto valid = Validate(spoilt, kRows);
    return valid ? std::string("accepted") : valid.error().ToString();
  };
  const auto lowest = static_cast<std::int32_t>(
      std::find(graph.levels.begin(), graph.levels.end(), 0) - graph.levels.begin());
  EXPECT_EQ(refusal([](HnswGraph&) {}), "accepted");
  EXPECT_THAT(refusal([](auto& g) { g.base_links[7] = kRows; }), HasSubstr("row 2000"));
  EXPECT_THAT(refusal([](auto& g) { g.base_links[0] = -2; }), HasSubstr("cannot be"));
  EXPECT_THAT(refusal([](auto& g) { g.base_links[0] = -1; }), HasSubstr("cannot be"));
  EXPECT_THAT(refusal([&](auto& g) { g.upper_links[0] = lowest; }), HasSubstr("level that it"));
  EXPECT_THAT(refusal([](auto& g) { g.levels[0] = 65; }), HasSubstr("a level that cannot be"));
  EXPECT_THAT(refusal([](auto& g) { g.levels.push_back(0); }), HasSubstr("sizes"));
  EXPECT_THAT(refusal([](auto& g) { g.upper_links.clear(); }), HasSubstr("sizes"));
}

TEST(HnswSearch, FindsTheOnlyRow) {
  const std::vector<float> row{0.6F, 0.8F};
  std::vector<Neighbour> nearest;
  HnswSearch::Build(row, 2)->Find(row, 1, nearest);
  ASSERT_EQ(nearest.size(), 1U);
  EXPECT_FLOAT_EQ(nearest[0].cosine, 1.0F);
}

}  // namespace
}  // namespace routellm::routing
