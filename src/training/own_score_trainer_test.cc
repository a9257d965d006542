#include "training/own_score_trainer.h"

#include <gmock/gmock.h>

#include <random>
#include <string>

#include "routing/builtin_checkpoint.h"
#include "routing/score_router.h"
#include "training/graded_answers.h"

namespace routellm::training {
namespace {

using ::testing::HasSubstr;

// Scores of "mine": proofs are too hard for it where `hard`, else all prompts are alike. "big"
// always gets a 5.
data::Dataset MakeScores(std::size_t count, bool hard, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  data::Dataset dataset;
  dataset.models = {"mine", "big"};
  dataset.sources = {"own"};
  dataset.tasks = {"own"};
  for (std::uint32_t i = 0; i < count; ++i) {
    const bool proof = i % 2 == 0;
    const std::string number = std::to_string(random() % 100000);
    dataset.queries.push_back({.id = std::to_string(i),
                               .prompt = proof ? "Prove the theorem about the sequence " + number
                                               : "Please write a story for my friend " + number,
                               .group = i});
    const auto draw = static_cast<double>(random() >> 11) * 0x1p-53;
    const double good = hard ? (proof ? 0.15 : 0.85) : 0.5;
    const float score =
        draw < good ? (random() % 2 == 0 ? 1.0F : 0.75F) : static_cast<float>(random() % 3) / 4.0F;
    dataset.outcomes.push_back({i, 0, score});
    dataset.outcomes.push_back({i, 1, 1.0F});
  }
  dataset.group_count = count;
  return dataset;
}

OwnScoreOptions Options() {
  auto prior = routing::ParseScoreCheckpoint(routing::BuiltinScoreCheckpoint(), "built in");
  EXPECT_TRUE(prior);
  return {.prior = *std::move(prior), .weak_model = "mine", .strong_model = "big", .seed = 1};
}

TEST(OwnScoreTrainerTest, LearnsWhichPromptsAreHard) {
  const auto training = TrainOwnScores(MakeScores(500, true, 1), Options());
  ASSERT_TRUE(training) << training.error().ToString();
  EXPECT_TRUE(training->learnt);
  EXPECT_LT(training->trained.loss, training->before.loss);
  EXPECT_LT(training->trained.loss, training->trained.marginal_loss - 0.1);
  EXPECT_GT(training->trained.auc, 0.75);
  EXPECT_EQ(training->trained.answers, 100U);
  EXPECT_EQ(training->pair_queries, 100U);
  EXPECT_GT(training->apgr, 0.6);
  const auto router = routing::ScoreRouter::Create(training->checkpoint, "", "");
  ASSERT_TRUE(router) << router.error().ToString();
  EXPECT_NEAR((*router)->Score({"Prove the theorem about the sequence 77"}, {})->value(), 0.85,
              0.18);
  EXPECT_NEAR((*router)->Score({"Please write a story for my friend 77"}, {})->value(), 0.15, 0.18);
  EXPECT_EQ((*router)->Info().weak_model, "mine");
}

TEST(OwnScoreTrainerTest, DoesNotLearnFromNoise) {
  const auto training = TrainOwnScores(MakeScores(300, false, 2), Options());
  ASSERT_TRUE(training) << training.error().ToString();
  const auto router = routing::ScoreRouter::Create(training->checkpoint, "", "");
  const double proof = (*router)->Score({"Prove the theorem about the sequence 77"}, {})->value();
  const double story = (*router)->Score({"Please write a story for my friend 77"}, {})->value();
  EXPECT_NEAR(proof, story, 0.15);
  EXPECT_NEAR((proof + story) / 2.0, 0.5, 0.1);
  EXPECT_NEAR(training->trained.loss, training->trained.marginal_loss, 0.12);
}

TEST(OwnScoreTrainerTest, RightOrWrongIsEnough) {
  data::Dataset dataset = MakeScores(400, true, 3);
  for (data::Outcome& outcome : dataset.outcomes)
    outcome.score = outcome.score >= 0.7F ? 1.0F : 0.0F;
  const auto training = TrainOwnScores(dataset, Options());
  ASSERT_TRUE(training) << training.error().ToString();
  EXPECT_EQ(training->trained.graded, 0U);
  EXPECT_GT(training->trained.auc, 0.75);
  EXPECT_LT(training->trained.calibration_error, 0.15);
}

TEST(OwnScoreTrainerTest, TheSameInputGivesTheSameCheckpoint) {
  const data::Dataset dataset = MakeScores(200, true, 4);
  const auto one = TrainOwnScores(dataset, Options());
  const auto two = TrainOwnScores(dataset, Options());
  EXPECT_EQ(one->checkpoint.easiness.weights, two->checkpoint.easiness.weights);
  EXPECT_EQ(one->checkpoint.thresholds, two->checkpoint.thresholds);
}

TEST(OwnScoreTrainerTest, RefusesWhatTellsNothing) {
  const auto fails = [](const data::Dataset& dataset, OwnScoreOptions options,
                        const char* message) {
    const auto training = TrainOwnScores(dataset, options);
    ASSERT_FALSE(training) << message;
    EXPECT_THAT(training.error().public_message, HasSubstr(message));
  };
  OwnScoreOptions options = Options();
  fails(MakeScores(15, true, 1), options, "there are 15 scores of mine");
  data::Dataset same = MakeScores(100, true, 1);
  for (data::Outcome& outcome : same.outcomes) outcome.score = 1.0F;
  fails(same, options, "of 100 scores of mine, 100 are 4 or 5");
  options.strong_model = "mine";
  fails(MakeScores(100, true, 1), options, "are the same");
  options.weak_model = "absent";
  fails(MakeScores(100, true, 1), options, "no score of the model 'absent'");
}

TEST(GradedAnswersTest, SourcesThatDoNotGradeSayWhetherAnAnswerIsGood) {
  data::Dataset dataset;
  dataset.sources = {"exam", "judge"};
  dataset.queries.resize(2);
  dataset.queries[1].source = 1;
  dataset.outcomes = {{0, 0, 1.0F}, {0, 1, 0.0F},   {0, 2, 0.5F},
                      {1, 0, 0.7F}, {1, 1, 0.125F}, {1, 2, 1.0F}};
  const auto grading = FindGradingSources(dataset);
  EXPECT_EQ(grading, (std::vector<char>{0, 1}));
  const auto answers = GradeAnswers(dataset, grading);
  const auto is = [&](std::size_t i, int low, int high) {
    return answers[i].low == low && answers[i].high == high;
  };
  EXPECT_TRUE(is(0, 4, 5));
  EXPECT_TRUE(is(1, 1, 3));
  EXPECT_TRUE(is(2, 1, 3));
  EXPECT_TRUE(is(3, 4, 4));
  EXPECT_TRUE(is(4, 2, 2));
  EXPECT_TRUE(is(5, 5, 5));
}

}  // namespace
}  // namespace routellm::training
