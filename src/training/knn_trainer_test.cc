#include "training/knn_trainer.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "routing/knn_router.h"

namespace routellm::training {
namespace {

constexpr std::size_t kColumns = 8;

struct Made {
  std::vector<PairExample> examples;
  embedding::Matrix vectors{0, kColumns, {}};
};

// The strong model is needed where the first number is positive, with some noise.
Made MakeExamples(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  Made made;
  for (std::uint32_t i = 0; i < count; ++i) {
    std::vector<float> row(kColumns);
    for (float& value : row) value = normal(random);
    const bool needed = random() % 10 == 0 ? row[0] < 0 : row[0] > 0;
    made.examples.push_back({.query = i,
                             .group = i / 3,
                             .strong = needed ? 1.0F : 0.0F,
                             .weak = needed ? 0.0F : 1.0F,
                             .wins = needed ? 1.0F : 0.0F,
                             .ties = 0.0F,
                             .losses = needed ? 0.0F : 1.0F});
    made.vectors.values.insert(made.vectors.values.end(), row.begin(), row.end());
    ++made.vectors.rows;
  }
  return made;
}

Result<KnnTraining> Train(const Made& made, KnnIndex index = KnnIndex::kAuto) {
  return TrainKnn(made.examples, made.vectors, {"encoder", kColumns, "7"},
                  {.strong_model = "s", .weak_model = "w", .index = index}, [](const auto&) {});
}

TEST(KnnTrainerTest, LearnsWhereTheStrongModelIsNeeded) {
  const auto training = Train(MakeExamples(1500, 1));
  ASSERT_TRUE(training) << training.error().ToString();
  EXPECT_GT(training->held_out.auc, 0.8);
  EXPECT_GT(training->held_out.apgr, 0.6);
  EXPECT_LT(training->held_out.squared_error, 0.8 * training->held_out.constant_error);
  EXPECT_LT(training->held_out.calibration_error, 0.1);
  EXPECT_GT(training->checkpoint.neighbours, 1U);  // one is too noisy
  EXPECT_FALSE(training->checkpoint.graph);
  EXPECT_EQ(training->checkpoint.win_rate_quantiles.size(), 101U);
  ASSERT_TRUE(Validate(training->checkpoint));

  const auto router = routing::KnnRouter::Create(training->checkpoint);
  const Made fresh = MakeExamples(300, 2);
  double error = 0.0;
  for (std::size_t i = 0; i < 300; ++i) {
    const double win_rate = router->Score({}, fresh.vectors.Row(i))->value();
    error += std::pow(win_rate - double{fresh.examples[i].Preference()}, 2) / 300;
  }
  EXPECT_NEAR(error, training->held_out.squared_error, 0.015);
}

TEST(KnnTrainerTest, AGraphIsWhatItSays) {
  const Made made = MakeExamples(1500, 1);
  const auto training = Train(made, KnnIndex::kGraph);
  ASSERT_TRUE(training);
  ASSERT_TRUE(training->checkpoint.graph);
  EXPECT_GE(training->recall, 0.98);
  EXPECT_TRUE(Validate(training->checkpoint));
  const auto again = Train(made, KnnIndex::kGraph);
  EXPECT_EQ(training->checkpoint.graph->base_links, again->checkpoint.graph->base_links);
}

TEST(KnnTrainerTest, QueriesOfAGroupDoNotAnswerForEachOther) {
  // Each query occurs twice in a group, with an outcome that nothing else tells.
  std::mt19937_64 random(3);
  Made made = MakeExamples(600, 4);
  for (std::uint32_t i = 0; i < 600; ++i) {
    PairExample& example = made.examples[i];
    example.group = i / 2;
    example.strong = 0.5F;
    if (i % 2 == 1) {
      example.weak = made.examples[i - 1].weak;
      std::copy_n(made.vectors.Row(i - 1).begin(), kColumns, made.vectors.Row(i).begin());
    } else {
      example.weak = static_cast<float>(random() % 2);
    }
  }
  const auto training = Train(made);
  ASSERT_TRUE(training);
  EXPECT_NEAR(training->held_out.auc, 0.5, 0.1);
}

TEST(KnnTrainerTest, LeavesOutVectorsWithoutADirection) {
  Made made = MakeExamples(100, 1);
  std::fill_n(made.vectors.values.begin(), 5 * kColumns, 0.0F);
  const auto training = Train(made);
  ASSERT_TRUE(training);
  EXPECT_EQ(training->dropped, 5U);
  EXPECT_EQ(training->checkpoint.queries(), 95U);
}

TEST(KnnTrainerTest, NeedsEnough) {
  EXPECT_EQ(Train(MakeExamples(19, 1)).error().code, ErrorCode::kInvalidData);
  Made one_group = MakeExamples(100, 1);
  for (PairExample& example : one_group.examples) example.group = 0;
  EXPECT_EQ(Train(one_group).error().code, ErrorCode::kInvalidData);
}

}  // namespace
}  // namespace routellm::training
