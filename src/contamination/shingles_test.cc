#include "contamination/shingles.h"

#include <gmock/gmock.h>

#include <random>

namespace routellm::contamination {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ShinglesTest, AreTheDistinctRunsOfWords) {
  EXPECT_EQ(MakeShingles("a b c d", 2).size(), 3U);
  EXPECT_EQ(MakeShingles("a b a b a", 2).size(), 2U);
  EXPECT_EQ(MakeShingles("a b", 2).size(), 1U);
  EXPECT_THAT(MakeShingles("a", 2), IsEmpty());
  EXPECT_THAT(MakeShingles("", 1), IsEmpty());
  EXPECT_NE(MakeShingles("a b", 2), MakeShingles("b a", 2));
  EXPECT_NE(MakeShingles("ab c", 2), MakeShingles("a bc", 2));
}

TEST(ShinglesTest, OverlapIsRelativeToTheSmallerSet) {
  const Shingles longer = MakeShingles("one two three four five six", 2);  // 5
  const Shingles shorter = MakeShingles("two three four x y", 2);          // 4, 2 in common
  EXPECT_DOUBLE_EQ(Overlap(longer, shorter), 0.5);
  EXPECT_DOUBLE_EQ(Overlap(shorter, longer), 0.5);
  EXPECT_DOUBLE_EQ(Overlap(longer, longer), 1.0);
  EXPECT_DOUBLE_EQ(Overlap(longer, {}), 0.0);
  EXPECT_DOUBLE_EQ(Overlap({}, {}), 0.0);
}

TEST(ShingleIndexTest, FindsWhatIsAtTheThreshold) {
  const Shingles sets[] = {
      MakeShingles("a b c d e f", 2), {}, MakeShingles("x y z", 2), MakeShingles("a b c d q r", 2)};
  const ShingleIndex index(sets);
  const Shingles text = MakeShingles("a b c d q s", 2);  // 3 of 5 and 4 of 5
  EXPECT_THAT(index.Find(text, 0.6), ElementsAre(0, 3));
  EXPECT_THAT(index.Find(text, 0.61), ElementsAre(3));
  EXPECT_THAT(index.Find(text, 0.6), ElementsAre(0, 3));  // nothing is left from before
  EXPECT_THAT(index.Find({}, 0.6), IsEmpty());
  EXPECT_THAT(ShingleIndex({}).Find(text, 0.6), IsEmpty());
}

TEST(ShingleIndexTest, AgreesWithComparingAllPairs) {
  std::mt19937 random(1);
  const auto text = [&] {
    std::string words;
    for (auto i = random() % 12; i > 0; --i) {
      words += (words.empty() ? "" : " ") + std::to_string(random() % 3);
    }
    return words;
  };
  std::vector<Shingles> sets;
  for (int i = 0; i < 200; ++i) sets.push_back(MakeShingles(text(), 3));
  const ShingleIndex index(sets);
  for (const double threshold : {0.2, 0.5, 0.6, 2.0 / 3.0, 1.0}) {
    for (const Shingles& set : sets) {
      std::vector<std::uint32_t> expected;
      for (std::uint32_t i = 0; i < sets.size(); ++i) {
        if (Overlap(sets[i], set) >= threshold - 1e-9) expected.push_back(i);
      }
      EXPECT_EQ(index.Find(set, threshold), expected);
    }
  }
}

}  // namespace
}  // namespace routellm::contamination
