#include "training/mf_embedding_trainer.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "core/testing/temporary_folder.h"
#include "data/safetensors.h"
#include "routing/mf_embedding_router.h"
#include "routing/registry.h"

namespace routellm::training {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kColumns = 12;

struct Made {
  data::Dataset dataset;
  embedding::Matrix vectors{0, kColumns, {}};
};

// The logit of "big" over the others is 1 + 2 x, with x the embedding's first number.
double TrueLogit(std::span<const float> row) { return 1.0 + 2.0 * double{row[0]}; }

Made MakeData(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  std::uniform_real_distribution<double> uniform;
  Made made;
  made.dataset.models = {"big", "small", "tiny"};
  made.dataset.sources = {"votes"};
  for (std::uint32_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < kColumns; ++j)
      made.vectors.values.push_back(normal(random) + (j == 1 ? 2.0F : 0.0F));
    ++made.vectors.rows;
    made.dataset.queries.push_back({.id = std::to_string(i), .prompt = "p", .group = i / 2});
    const std::uint32_t other = 1 + i % 2;
    const double p = 1.0 / (1.0 + std::exp(-TrueLogit(made.vectors.Row(i))));
    const bool big_wins = uniform(random) < p;
    if (i % 5 == 0) {  // the other side
      made.dataset.battles.push_back({i, other, 0, big_wins ? 0.0F : 1.0F});
    } else {
      made.dataset.battles.push_back({i, 0, other, big_wins ? 1.0F : 0.0F});
    }
  }
  return made;
}

const std::atomic<bool> kGoOn = false;

Result<MfEmbeddingTraining> Train(const Made& made, MfEmbeddingOptions options) {
  if (options.strong_model.empty()) options.strong_model = "big";
  if (options.weak_model.empty()) options.weak_model = "small";
  return TrainMfEmbedding(
      made.dataset, made.vectors, {"encoder", kColumns, "7"}, options, [](const EpochProgress&) {},
      kGoOn);
}

// With little noise, as there are many labels for few numbers.
const MfEmbeddingOptions kOptions{.dimension = 6, .noise = {0.1}, .rate = 0.01, .batch = 128};

double MeanError(const routing::Router& router, const Made& fresh) {
  double error = 0.0;
  for (std::size_t i = 0; i < fresh.vectors.rows; ++i) {
    const double p = 1.0 / (1.0 + std::exp(-TrueLogit(fresh.vectors.Row(i))));
    error += std::abs(router.Score({}, fresh.vectors.Row(i))->value() - p) /
             static_cast<double>(fresh.vectors.rows);
  }
  return error;
}

TEST(MfEmbeddingTrainerTest, TheRouterThatIsReadBackKnowsTheTruth) {
  const Made made = MakeData(8000, 1);
  const auto training = Train(made, kOptions);
  ASSERT_TRUE(training) << training.error().ToString();
  EXPECT_LT(training->held_out.loss, training->held_out.strengths_loss - 0.1);
  EXPECT_GT(training->held_out.auc, 0.75);
  EXPECT_LT(training->held_out.calibration_error, 0.06);
  EXPECT_GT(training->ranking.apgr, 0.6);
  ASSERT_TRUE(training->pair);
  EXPECT_NEAR(static_cast<double>(training->pair->queries), 400.0, 80.0);

  const TemporaryFolder folder;
  const std::string path = folder.File("mf.safetensors");
  ASSERT_TRUE(SaveMfEmbeddingCheckpoint(training->checkpoint, path));
  routing::RouterOptions options;
  options.checkpoint_path = path;
  const auto router = routing::MakeRouter("mf", options);
  ASSERT_TRUE(router) << router.error().ToString();
  EXPECT_EQ((*router)->Info().strong_model, "big");
  EXPECT_EQ((*router)->Info().embedder.revision, "7");
  EXPECT_LT(MeanError(**router, MakeData(500, 2)), 0.04);
  // Half of such traffic is above the threshold for one half.
  const auto threshold = routing::ThresholdFor((*router)->Info(), *StrongShare::Create(0.5));
  ASSERT_TRUE(threshold) << threshold.error().ToString();
  const Made fresh = MakeData(1000, 3);
  int strong = 0;
  for (std::size_t i = 0; i < 1000; ++i)
    strong += (*router)->Score({}, fresh.vectors.Row(i))->value() >= threshold->value() ? 1 : 0;
  EXPECT_NEAR(strong, 500, 60);
}

TEST(MfEmbeddingTrainerTest, WithoutABiasTheFileIsOfThePublishedForm) {
  const Made made = MakeData(8000, 1);
  auto options = kOptions;
  options.bias = false;
  const auto training = Train(made, options);
  ASSERT_TRUE(training) << training.error().ToString();
  EXPECT_TRUE(training->checkpoint.bias.empty());
  const auto router = routing::MfEmbeddingRouter::Create(training->checkpoint, "", "");
  ASSERT_TRUE(router);
  // The second number, of mean 2, stands in for the constant.
  EXPECT_LT(MeanError(**router, MakeData(500, 2)), 0.08);
}

TEST(MfEmbeddingTrainerTest, TakesTheNoiseThatValidatesBest) {
  const Made made = MakeData(8000, 1);
  auto options = kOptions;
  options.noise = {30.0, 0.1, 10.0};
  const auto training = Train(made, options);
  ASSERT_TRUE(training);
  EXPECT_EQ(training->noise, 0.1);
  EXPECT_EQ(training->checkpoint.projection, Train(made, kOptions)->checkpoint.projection);
}

TEST(MfEmbeddingTrainerTest, IsReproducible) {
  const Made made = MakeData(2000, 1);
  const auto one = Train(made, kOptions);
  const auto two = Train(made, kOptions);
  auto seeded = kOptions;
  seeded.split.seed = 2;
  const auto other = Train(made, seeded);
  ASSERT_TRUE(one && two && other);
  EXPECT_EQ(one->checkpoint.projection, two->checkpoint.projection);
  EXPECT_EQ(one->checkpoint.model_vectors, two->checkpoint.model_vectors);
  EXPECT_NE(one->checkpoint.projection, other->checkpoint.projection);
}

// Votes that were drawn because the big model lost do not make it look weak, unless so wished.
TEST(MfEmbeddingTrainerTest, SampledVotesDoNotMoveBaseRates) {
  Made made = MakeData(8000, 1);
  std::vector<data::Battle> battles;
  for (data::Battle battle : made.dataset.battles) {
    battles.push_back(battle);
    const bool big_is_a = battle.model_a == 0;
    if ((battle.a_wins == 1.0F) == big_is_a) continue;
    (big_is_a ? battle.sampled_for_a : battle.sampled_for_b) = true;
    battle.weight = 3.0F;
    battles.push_back(battle);
  }
  made.dataset.battles = std::move(battles);
  const Made fresh = MakeData(500, 2);
  const auto error = [&](SampledVotes sampled) {
    auto options = kOptions;
    options.sampled = sampled;
    const auto training = Train(made, options);
    return MeanError(**routing::MfEmbeddingRouter::Create(training->checkpoint, "", ""), fresh);
  };
  EXPECT_LT(error(SampledVotes::kIntercepts), 0.06);
  EXPECT_LT(error(SampledVotes::kLeftOut), 0.06);
  EXPECT_GT(error(SampledVotes::kPlain), 0.12);
}

TEST(MfEmbeddingTrainerTest, PromptsThatTellNothingAreNotLearnt) {
  Made made = MakeData(3000, 1);
  std::mt19937_64 random(5);
  std::normal_distribution<float> normal;
  for (float& value : made.vectors.values) value = normal(random);
  const auto training = Train(made, {
                                        .dimension = 6,
                                    });
  ASSERT_TRUE(training);
  EXPECT_NEAR(training->held_out.loss, training->held_out.strengths_loss, 0.005);
  EXPECT_NEAR(training->ranking.auc, 0.5, 0.1);
}

TEST(MfEmbeddingTrainerTest, RefusesWhatCannotBeLearnt) {
  EXPECT_THAT(Train(MakeData(100, 1), kOptions).error().public_message,
              HasSubstr("too little to train on"));
  const Made made = MakeData(1000, 1);
  const auto refusal = [&](const std::string& strong, const std::string& weak) {
    auto options = kOptions;
    options.strong_model = strong;
    options.weak_model = weak;
    return Train(made, options).error();
  };
  EXPECT_THAT(refusal("absent", "small").public_message, HasSubstr("know no model 'absent'"));
  EXPECT_THAT(refusal("big", "big").public_message, HasSubstr("are the same"));
  Made lonely = made;
  lonely.dataset.models.push_back("new");
  auto options = kOptions;
  options.strong_model = "new";
  EXPECT_THAT(Train(lonely, options).error().public_message,
              HasSubstr("'new' is compared with no other model"));
}

TEST(MfEmbeddingTrainerTest, CanBeStopped) {
  const Made made = MakeData(2000, 1);
  std::atomic<bool> stop = false;
  auto options = kOptions;
  options.strong_model = "big";
  options.weak_model = "small";
  const auto training = TrainMfEmbedding(
      made.dataset, made.vectors, {}, options, [&](const EpochProgress&) { stop = true; }, stop);
  ASSERT_FALSE(training);
  EXPECT_EQ(training.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace routellm::training
