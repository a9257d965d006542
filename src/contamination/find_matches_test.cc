#include "contamination/find_matches.h"

#include <gmock/gmock.h>

#include "embedding/hashed_embedder.h"

namespace routellm::contamination {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Texts = std::vector<std::string_view>;

void Quiet(std::string_view, std::size_t, std::size_t) {}

std::vector<Match> Find(const Texts& train, const Texts& eval, const MatchOptions& options = {}) {
  return FindMatches(train, eval, nullptr, options, Quiet);
}

std::vector<Match> FindWithVectors(const Texts& train, const Texts& eval) {
  const embedding::HashedEmbedder embedder;
  const Vectors vectors{*embedder.Embed(train), *embedder.Embed(eval)};
  return FindMatches(train, eval, &vectors, {}, Quiet);
}

MATCHER_P3(Is, train, eval, kind, "") {
  return arg.train == static_cast<std::uint32_t>(train) &&
         arg.eval == static_cast<std::uint32_t>(eval) && arg.kind == kind;
}

TEST(FindMatchesTest, EqualWordsAreExactHoweverShort) {
  EXPECT_THAT(Find({"Hi!", "a cat", "2+2?"}, {"dog", "  hi", "2 2"}),
              ElementsAre(Is(0, 1, MatchKind::kExact), Is(2, 2, MatchKind::kExact)));
  EXPECT_THAT(Find({"Ｗhat is\tthat"}, {"“WHAT” is... that?"}),
              ElementsAre(Is(0, 0, MatchKind::kExact)));
}

TEST(FindMatchesTest, TextsWithoutWordsMatchNothing) {
  EXPECT_THAT(Find({"", "?", "\n"}, {"", "!", "\n"}), IsEmpty());
  EXPECT_THAT(FindWithVectors({"", " "}, {"", "\n"}), IsEmpty());
  EXPECT_THAT(Find({}, {"a"}), IsEmpty());
  EXPECT_THAT(Find({"a"}, {}), IsEmpty());
}

constexpr std::string_view kTrain =
    "Tom has 3 red apples and gives 2 of them to Ann, who eats one.";

TEST(FindMatchesTest, OverlapCountsRunsOfWords) {
  // 15 words: 8 runs of 8. The first 12 words: 5 runs, all in common.
  EXPECT_THAT(Find({kTrain}, {"tom has 3 red apples and gives 2 of them to ann"}),
              ElementsAre(Is(0, 0, MatchKind::kOverlap)));
  // One changed word at the end spoils one run of 8; in the middle all of them.
  const auto end =
      Find({kTrain}, {"Tom has 3 red apples and gives 2 of them to Ann, who eats two."});
  ASSERT_THAT(end, ElementsAre(Is(0, 0, MatchKind::kOverlap)));
  EXPECT_THAT(end[0].overlap, DoubleNear(7.0 / 8.0, 1e-12));
  EXPECT_THAT(Find({kTrain}, {"Tom has 3 red apples and gives 9 of them to Ann, who eats one."}),
              IsEmpty());
  EXPECT_THAT(Find({kTrain}, {"Tom has 3 red apples and gives 9 of them to Ann, who eats one."},
                   {.run_words = 3, .overlap = 0.5}),
              ElementsAre(Is(0, 0, MatchKind::kOverlap)));
}

TEST(FindMatchesTest, ShortTextsDoNotOverlap) {
  EXPECT_THAT(
      Find({"one two three four five six seven"}, {"one two three four five six seven eight"}),
      IsEmpty());
}

TEST(FindMatchesTest, OptionsMayDiffer) {
  EXPECT_THAT(Find({"Which gas do plants take up?"},
                   {"Which gas do plants take up?\nA. Oxygen\nB. Argon\nAnswer:"}),
              ElementsAre(Is(0, 0, MatchKind::kStem)));
  EXPECT_THAT(Find({"Which gas do plants take up?\nA. Xenon\nB. Neon"},
                   {"Which gas do plants take up?\nA. Oxygen\nB. Argon\nAnswer:"}),
              ElementsAre(Is(0, 0, MatchKind::kStem)));
}

TEST(FindMatchesTest, AStemOfSeveralEvaluationPromptsSaysNothing) {
  const Texts eval = {"Which is true?\nA. x\nB. y", "Which is true?\nA. v\nB. w",
                      "Which gas?\nA. x\nB. y", "Which gas?\nA. x\nB. y"};
  EXPECT_THAT(Find({"Which is true?"}, eval), IsEmpty());
  EXPECT_THAT(Find({"Which is true?\nA. x\nB. y"}, eval), ElementsAre(Is(0, 0, MatchKind::kExact)));
  EXPECT_THAT(Find({"Which gas?"}, eval),
              ElementsAre(Is(0, 2, MatchKind::kStem), Is(0, 3, MatchKind::kStem)));
}

TEST(FindMatchesTest, CosineFindsAnotherOrder) {
  const Texts train = {"Explain photosynthesis, please, and name the two stages of the process."};
  const Texts eval = {"Please explain photosynthesis, and name the two stages of the process.",
                      "Write a poem about the sea and two lighthouses at night."};
  EXPECT_THAT(Find(train, eval, {.overlap = 0.9}), IsEmpty());
  const auto matches = FindWithVectors(train, eval);
  ASSERT_EQ(matches.size(), 1U);
  EXPECT_EQ(matches[0].eval, 0U);
  EXPECT_GT(*matches[0].cosine, 0.8);
}

TEST(FindMatchesTest, MeasuresAreSymmetric) {
  const Texts one = {kTrain, "short", "日本語の質問です。これは何ですか", "x"};
  const Texts other = {"tom has 3 red apples and gives 2 of them", "SHORT",
                       "日本語の質問です。これは何ですよ"};
  const auto there = FindWithVectors(one, other);
  const auto back = FindWithVectors(other, one);
  ASSERT_EQ(there.size(), 3U);
  ASSERT_EQ(back.size(), 3U);
  for (std::size_t i = 0; i < there.size(); ++i) {
    EXPECT_THAT(back[i], Is(there[i].eval, there[i].train, there[i].kind));
    EXPECT_EQ(back[i].overlap, there[i].overlap);
    EXPECT_EQ(back[i].cosine, there[i].cosine);
  }
}

TEST(FindMatchesTest, TheSurestComeFirst) {
  const auto matches = Find(
      {"tom has 3 red apples and gives 2 of them to ann who eats two", kTrain, "b"}, {"b", kTrain});
  EXPECT_THAT(matches, ElementsAre(Is(1, 1, MatchKind::kExact), Is(2, 0, MatchKind::kExact),
                                   Is(0, 1, MatchKind::kOverlap)));
}

}  // namespace
}  // namespace routellm::contamination
