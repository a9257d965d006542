#include "evaluation/evaluation_set.h"

#include <gmock/gmock.h>

namespace routellm::evaluation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

data::Dataset ThreeModels() {
  data::Dataset dataset;
  dataset.models = {"small", "large", "other"};
  for (const char* prompt : {"a", "b", "c"}) {
    dataset.queries.push_back({.id = prompt, .prompt = prompt});
  }
  return dataset;
}

TEST(EvaluationSetTest, APairHasTheQueriesThatBothAnswered) {
  data::Dataset dataset = ThreeModels();
  dataset.outcomes = {{2, 1, 1.0F}, {0, 0, 0.5F}, {0, 1, 1.0F}, {1, 0, 1.0F},
                      {2, 0, 0.0F}, {2, 0, 1.0F}, {1, 2, 0.0F}};
  const auto set = EvaluationSet::FromOutcomes(dataset, "mine");
  const auto pair = set.Pair("large", "small");
  ASSERT_TRUE(pair);
  EXPECT_THAT(pair->queries, ElementsAre(0, 2));
  EXPECT_THAT(pair->outcomes.strong, ElementsAre(1, 1));
  EXPECT_THAT(pair->outcomes.weak, ElementsAre(0.5, 0.5));
  EXPECT_EQ(pair->outcomes.scale, 100);
}

TEST(EvaluationSetTest, ABattleIsWonByOneOfThePair) {
  data::Dataset dataset = ThreeModels();
  dataset.battles = {{.query = 0, .model_a = 1, .model_b = 0, .a_wins = 1},
                     {.query = 1, .model_a = 0, .model_b = 1, .a_wins = 0.5F},
                     {.query = 2, .model_a = 0, .model_b = 1, .a_wins = 1, .weight = 3},
                     {.query = 2, .model_a = 1, .model_b = 0, .a_wins = 1, .weight = 1},
                     {.query = 1, .model_a = 1, .model_b = 2, .a_wins = 1}};
  const auto set = EvaluationSet::FromBattles(dataset, "votes");
  const auto pair = set.Pair("large", "small");
  ASSERT_TRUE(pair);
  EXPECT_THAT(pair->queries, ElementsAre(0, 1, 2));
  EXPECT_THAT(pair->outcomes.strong, ElementsAre(1, 0.5, 0.25));
  EXPECT_THAT(pair->outcomes.weak, ElementsAre(0, 0.5, 0.75));
}

TEST(EvaluationSetTest, SaysWhichModelsThereAre) {
  const auto set = EvaluationSet::FromOutcomes(ThreeModels(), "mine");
  const auto unknown = set.Pair("huge", "small");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kModelNotFound);
  EXPECT_THAT(unknown.error().public_message, HasSubstr("small, large, other"));
  EXPECT_FALSE(set.Pair("small", "small"));
  EXPECT_FALSE(set.Pair("large", "small"));
}

TEST(EvaluationSetTest, TheBetterModelOfAPairIsTheStrongOne) {
  data::Dataset dataset = ThreeModels();
  dataset.outcomes = {{0, 0, 0.0F}, {1, 0, 0.5F}, {0, 1, 1.0F},
                      {1, 1, 0.5F}, {0, 2, 1.0F}, {1, 2, 0.5F}};
  const auto pairs = EvaluationSet::FromOutcomes(dataset, "mine").Pairs(2);
  ASSERT_EQ(pairs.size(), 2U);  // "large" and "other" are equal
  EXPECT_EQ(pairs[0].strong, "large");
  EXPECT_EQ(pairs[0].weak, "small");
  EXPECT_EQ(pairs[1].strong, "other");
  EXPECT_THAT(EvaluationSet::FromOutcomes(dataset, "mine").Pairs(3), testing::IsEmpty());
}

}  // namespace
}  // namespace routellm::evaluation
