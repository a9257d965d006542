#include "training/sw_ranking_trainer.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "core/testing/temporary_folder.h"
#include "routing/registry.h"
#include "routing/sw_ranking_files.h"

namespace routellm::training {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::size_t kColumns = 8;

struct Made {
  data::Dataset dataset;
  embedding::Matrix vectors{0, kColumns, {}};
};

// Prompts of two kinds: on the first, big always beats small, on the second they are even. A third
// model loses to both, mostly.
Made MakeData(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  Made made;
  made.dataset.models = {"big", "small", "third"};
  made.dataset.sources = {"votes"};
  for (std::uint32_t i = 0; i < count; ++i) {
    const bool first = i % 2 == 0;
    for (std::size_t j = 0; j < kColumns; ++j)
      made.vectors.values.push_back(0.2F * normal(random) + (j == (first ? 0U : 1U) ? 1.0F : 0.0F));
    ++made.vectors.rows;
    made.dataset.queries.push_back({.id = std::to_string(i), .prompt = "p", .group = i});
    const bool third = i % 4 >= 2;
    const std::uint64_t draw = random() % 100;
    const bool big_wins = third ? draw < 80 : draw < (first ? 95U : 50U);
    made.dataset.battles.push_back({i, 0, third ? 2U : 1U, big_wins ? 1.0F : 0.0F});
  }
  return made;
}

const std::atomic<bool> kGoOn = false;

Result<SwRankingTraining> Train(const Made& made, SwRankingTrainingOptions options = {}) {
  if (options.strong_model.empty()) options.strong_model = "big";
  if (options.weak_model.empty()) options.weak_model = "small";
  return TrainSwRanking(
      made.dataset, made.vectors, options, [](auto, auto) {}, kGoOn);
}

TEST(SwRankingTrainerTest, TheRouterThatIsReadBackKnowsTheKindsOfPrompts) {
  const Made made = MakeData(2000, 1);
  const auto training = Train(made);
  ASSERT_TRUE(training) << training.error().ToString();
  EXPECT_EQ(training->battles.size(), 2000U);
  EXPECT_EQ(training->dropped, 0U);
  EXPECT_LT(training->held_out.loss, training->held_out.strengths_loss - 0.01);
  ASSERT_TRUE(training->pair);
  EXPECT_GT(training->pair->auc, 0.65);
  EXPECT_GT(training->ranking.apgr, 0.5);

  const TemporaryFolder folder;
  routing::RouterOptions options;
  options.battles_path = folder.File("battles.csv");
  options.embeddings_path = folder.File("embeddings.safetensors");
  ASSERT_TRUE(routing::SaveBattles(options.battles_path, training->models, training->battles));
  ASSERT_TRUE(routing::SaveBattleEmbeddings(options.embeddings_path, training->vectors,
                                            training->row_of_battle, {"encoder", kColumns, "7"},
                                            {"big", "small", training->win_rate_quantiles}, {}));
  const auto router = routing::MakeRouter("sw_ranking", options);
  ASSERT_TRUE(router) << router.error().ToString();
  EXPECT_EQ((*router)->Info().strong_model, "big");
  EXPECT_EQ((*router)->Info().embedder.revision, "7");
  EXPECT_EQ((*router)->Info().win_rate_quantiles.size(), 101U);
  const std::vector<float> first{1, 0, 0, 0, 0, 0, 0, 0};
  const std::vector<float> second{0, 1, 0, 0, 0, 0, 0, 0};
  EXPECT_GT((*router)->Score({}, std::span(first))->value(),
            (*router)->Score({}, std::span(second))->value() + 0.1);
  options.strong_model = "third";
  EXPECT_TRUE((*routing::MakeRouter("sw_ranking", options))->Info().win_rate_quantiles.empty());
}

TEST(SwRankingTrainerTest, LeavesOutWhatCannotBeRanked) {
  Made made = MakeData(600, 1);
  made.dataset.models.push_back("loser");  // never won
  for (std::uint32_t i = 0; i < 10; ++i) made.dataset.battles.push_back({i, 0, 3, 1.0F});
  std::fill_n(made.vectors.values.begin(), 5 * kColumns, 0.0F);  // five prompts without a direction
  const auto training = Train(made);
  ASSERT_TRUE(training) << training.error().ToString();
  EXPECT_THAT(training->unrankable, ElementsAre("loser"));
  EXPECT_THAT(training->models, ElementsAre("big", "small", "third"));
  EXPECT_EQ(training->battles.size(), 595U);
  EXPECT_EQ(training->dropped, 15U);
  EXPECT_EQ(training->vectors.rows, 595U);
}

TEST(SwRankingTrainerTest, OutcomesAreBattlesByScore) {
  Made made = MakeData(600, 1);
  const auto by_battles = Train(made);
  for (const data::Battle& battle : made.dataset.battles) {
    made.dataset.outcomes.push_back({battle.query, battle.model_a, battle.a_wins * 0.4F + 0.2F});
    made.dataset.outcomes.push_back({battle.query, battle.model_b, 0.4F});
  }
  made.dataset.battles.clear();
  const auto by_outcomes = Train(made);
  ASSERT_TRUE(by_battles && by_outcomes);
  EXPECT_EQ(by_outcomes->held_out.loss, by_battles->held_out.loss);
  EXPECT_EQ(by_outcomes->win_rate_quantiles, by_battles->win_rate_quantiles);
}

TEST(SwRankingTrainerTest, RefusesWhatCannotBeRanked) {
  EXPECT_THAT(Train(MakeData(60, 1)).error().public_message, HasSubstr("too little to rank on"));
  const Made made = MakeData(600, 1);
  EXPECT_THAT(Train(made, {.weak_model = "absent"}).error().public_message,
              HasSubstr("know no model 'absent'"));
  EXPECT_THAT(Train(made, {.weak_model = "big"}).error().public_message, HasSubstr("are the same"));
  EXPECT_EQ(Train(made, {.sampled = SampledVotes::kIntercepts}).error().code,
            ErrorCode::kInvalidRequest);
  Made loser = made;
  loser.dataset.models.push_back("loser");
  loser.dataset.battles.push_back({0, 0, 3, 1.0F});
  EXPECT_THAT(Train(loser, {.weak_model = "loser"}).error().public_message,
              HasSubstr("do not rank 'big' and 'loser'"));
}

TEST(SwRankingTrainerTest, CanBeStopped) {
  const Made made = MakeData(600, 1);
  const std::atomic<bool> stop = true;
  const auto training = TrainSwRanking(
      made.dataset, made.vectors, {.strong_model = "big", .weak_model = "small"}, [](auto, auto) {},
      stop);
  ASSERT_FALSE(training);
  EXPECT_EQ(training.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace routellm::training
