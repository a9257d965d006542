#include "training/graded_examples.h"

#include <gmock/gmock.h>

#include <fstream>

#include "core/testing/temporary_folder.h"

namespace routellm::training {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::vector<int> ScoresOf(const std::vector<GradedExample>& examples) {
  std::vector<int> scores;
  for (const GradedExample& example : examples) scores.push_back(example.score);
  return scores;
}

TEST(GradedExamplesTest, OutcomesAreGradedAgainstTheStrongModels) {
  data::Dataset dataset;
  dataset.models = {"s", "w"};
  dataset.queries.resize(5);
  const float scores[][2] = {{1, 1}, {1, 0}, {0, 0}, {0, 1}, {1, 0.6F}};
  for (std::uint32_t i = 0; i < 5; ++i) {
    dataset.outcomes.push_back({i, 0, scores[i][0]});
    dataset.outcomes.push_back({i, 1, scores[i][1]});
  }
  const auto graded = GradeExamples(dataset, "s", "w");
  ASSERT_TRUE(graded);
  EXPECT_THAT(ScoresOf(*graded), ElementsAre(5, 1, 5, 5, 3));
  EXPECT_FALSE(GradeExamples(dataset, "s", "absent"));
}

TEST(GradedExamplesTest, BattlesAreGradedByTheShareOfWins) {
  data::Dataset dataset;
  dataset.models = {"s", "w"};
  dataset.queries.resize(4);
  dataset.battles = {{0, 0, 1, 0.0F}, {1, 0, 1, 0.5F}, {2, 1, 0, 0.0F},
                     {3, 0, 1, 1.0F}, {3, 0, 1, 1.0F}, {3, 1, 0, 1.0F}};
  const auto graded = GradeExamples(dataset, "s", "w");
  ASSERT_TRUE(graded);
  EXPECT_THAT(ScoresOf(*graded), ElementsAre(5, 4, 2, 3));
}

TEST(GradedExamplesTest, ScoresAreReadFromFiles) {
  const TemporaryFolder folder;
  const std::string file = folder.File("a.scores.jsonl");
  std::ofstream(file) << "{\"prompt\": \"one\", \"model\": \"w\", \"score\": 4}\n"
                         "{\"prompt\": \"two\", \"model\": \"other\", \"score\": 1}\n"
                         "{\"prompt\": \"two\", \"score\": 2.6}\n"
                         "{\"prompt\": \"one\", \"model\": \"w\", \"score\": 5}\n";
  const auto graded = ReadGradedExamples({file}, "w");
  ASSERT_TRUE(graded) << graded.error().ToString();
  EXPECT_THAT(ScoresOf(*graded), ElementsAre(4, 3, 5));
  EXPECT_EQ((*graded)[0].group, (*graded)[2].group);
  EXPECT_NE((*graded)[0].group, (*graded)[1].group);
  std::ofstream(file) << "{\"prompt\": \"one\", \"model\": \"w\", \"score\": 6}\n";
  EXPECT_THAT(ReadGradedExamples({file}, "w").error().ToString(), HasSubstr("a.scores.jsonl:1"));
  std::ofstream(file) << "{\"id\": \"7\", \"score\": 5}\n";
  EXPECT_THAT(ReadGradedExamples({file}, "w").error().ToString(), HasSubstr("'prompt'"));
  std::ofstream(file) << "{\"prompt\": \"one\", \"model\": \"x\", \"score\": 5}\n";
  EXPECT_THAT(ReadGradedExamples({file}, "w").error().ToString(), HasSubstr("no score is of"));
}

TEST(BalanceTest, DownsamplesToTheRarest) {
  std::vector<GradedExample> examples;
  for (int i = 0; i < 100; ++i)
    examples.push_back({std::to_string(i), 0, i % 10 == 0 ? 2 : i % 3 == 0 ? 4 : 5});
  const auto balanced = Balanced(examples, Balance::kDownsample, 1);
  EXPECT_THAT(CountScores(balanced), ElementsAre(0, 10, 0, 10, 10));
  EXPECT_TRUE(std::is_sorted(balanced.begin(), balanced.end(), [](const auto& x, const auto& y) {
    return std::stoi(x.prompt) < std::stoi(y.prompt);
  }));
  const auto other = Balanced(examples, Balance::kDownsample, 2);
  EXPECT_FALSE(std::equal(balanced.begin(), balanced.end(), other.begin(), other.end(),
                          [](const auto& x, const auto& y) { return x.prompt == y.prompt; }));
  EXPECT_THAT(Balanced(examples, Balance::kNone, 1), SizeIs(100));
}

TEST(BalanceTest, WeightsMakeUpForRareScores) {
  std::vector<GradedExample> examples(10);
  for (std::size_t i = 0; i < 10; ++i) examples[i].score = i < 2 ? 1 : 5;
  const auto weighted = Balanced(examples, Balance::kWeights, 1);
  EXPECT_DOUBLE_EQ(weighted[0].weight, 2.5);
  EXPECT_DOUBLE_EQ(weighted[9].weight, 0.625);
  double sum = 0.0;
  for (const GradedExample& example : weighted) sum += example.weight;
  EXPECT_DOUBLE_EQ(sum, 10.0);
}

}  // namespace
}  // namespace routellm::training
