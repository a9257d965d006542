#include "training/own_labels_trainer.h"

#include <gmock/gmock.h>

#include <limits>

#include "routing/mf_router.h"
#include "routing/testing/random_checkpoint.h"
#include "training/random.h"

namespace routellm::training {
namespace {

using ::testing::HasSubstr;

// Proofs need the strong model, greetings do not, but for one in ten of each.
class OwnLabelsTrainerTest : public ::testing::Test {
 protected:
  OwnLabelsTrainerTest() {
    Random random({1});
    for (std::uint32_t i = 0; i < 300; ++i) {
      const bool proof = i % 2 == 0;
      prompts_.push_back((proof ? "Prove the theorem about sequence number "
                                : "Say hello to my friend from house number ") +
                         std::to_string(i * 7919));
      const bool usual = random.Uniform() < 0.9F;
      gains_.push_back(proof == usual ? 1.0F : 0.0F);
    }
    for (std::uint32_t i = 0; i < prompts_.size(); ++i)
      labels_.push_back({prompts_[i], gains_[i], i});
  }

  [[nodiscard]] Result<OwnLabelsTraining> Train() const {
    return TrainOnOwnLabels(initial_, labels_, options_,
                            [](std::size_t, std::size_t) { return true; });
  }

  [[nodiscard]] static double WinRateOf(const routing::MfCheckpoint& checkpoint,
                                        const std::string& prompt) {
    return (*routing::MfRouter::Create(checkpoint, "", ""))->Score({prompt}, {})->value();
  }

  routing::MfCheckpoint initial_ =
      routing::RandomMfCheckpoint(9);  // does not tell proofs from greetings
  OwnLabelsOptions options_{.strong_model = "big", .weak_model = "small"};
  std::vector<std::string> prompts_;
  std::vector<float> gains_;
  std::vector<LabelledPrompt> labels_;
};

TEST_F(OwnLabelsTrainerTest, LearnsWinRatesThatHoldAndSaysSo) {
  const auto training = Train();
  ASSERT_TRUE(training) << training.error().public_message;
  const auto& checkpoint = training->checkpoint;
  ASSERT_TRUE(Validate(checkpoint));
  EXPECT_FALSE(training->models_known);
  EXPECT_EQ(checkpoint.models, (std::vector<std::string>{"big", "small"}));
  // Nine of ten proofs are won, and one of ten greetings; the rest are ties.
  EXPECT_NEAR(WinRateOf(checkpoint, "Prove the theorem about sequence number 123456"), 0.95, 0.05);
  EXPECT_NEAR(WinRateOf(checkpoint, "Say hello to my friend from house number 123456"), 0.55, 0.05);
  ASSERT_EQ(checkpoint.win_rate_percentiles.size(), 101U);
  EXPECT_LT(checkpoint.win_rate_percentiles[30], 0.65);
  EXPECT_GT(checkpoint.win_rate_percentiles[70], 0.85);

  const HeldOutReport& report = training->held_out;
  EXPECT_EQ(report.labels, 300U);
  EXPECT_EQ(training->repeats, 4U);
  EXPECT_EQ(report.verdict, Verdict::kBetter)
      << report.scorers[0].apgr.value << " beside " << report.scorers[1].apgr.value;
  EXPECT_GT(report.scorers[0].apgr.value, 0.65);
  EXPECT_LT(report.scorers[0].calibration_error->value, 0.05);
}

TEST_F(OwnLabelsTrainerTest, EqualInputGivesAnEqualCheckpoint) {
  const auto one = Train();
  const auto other = Train();
  ASSERT_TRUE(one && other);
  EXPECT_EQ(one->checkpoint.own_labels->weights, other->checkpoint.own_labels->weights);
  EXPECT_EQ(one->checkpoint.calibration.slope, other->checkpoint.calibration.slope);
  EXPECT_EQ(one->checkpoint.win_rate_percentiles, other->checkpoint.win_rate_percentiles);
}

TEST_F(OwnLabelsTrainerTest, NoiseIsNotAnImprovement) {
  Random random({2});
  for (LabelledPrompt& label : labels_) label.gain = random.Uniform() < 0.3F ? 1.0F : 0.0F;
  const auto training = Train();
  ASSERT_TRUE(training);
  EXPECT_NE(training->held_out.verdict, Verdict::kBetter);
  EXPECT_NEAR(WinRateOf(training->checkpoint, prompts_[0]), 0.65, 0.08);
}

TEST_F(OwnLabelsTrainerTest, PromptsOfOneGroupAreHeldOutTogether) {
  // Labels that only the group tells: without it, nothing is left to learn.
  Random random({3});
  for (std::uint32_t i = 0; i < labels_.size(); ++i) {
    labels_[i].group = i / 6;
    labels_[i].prompt = prompts_[i / 6 * 6];
    labels_[i].gain = Random({4, i / 6}).Uniform() < 0.5F ? 1.0F : -1.0F;
  }
  const auto training = Train();
  ASSERT_TRUE(training) << training.error().public_message;
  EXPECT_LT(training->held_out.scorers[0].auc.value, 0.75);
}

TEST_F(OwnLabelsTrainerTest, KnownModelsStandWhereTheyAre) {
  options_ = {.strong_model = "model-0", .weak_model = "model-2"};
  const auto training = Train();
  ASSERT_TRUE(training);
  EXPECT_TRUE(training->models_known);
  EXPECT_EQ(training->checkpoint.abilities, (std::vector<double>{1.1, -0.9}));
}

TEST_F(OwnLabelsTrainerTest, LearnsWhatOnlyTheEmbeddingTells) {
  options_.embedder = {"some embedder", 4, "1"};
  std::vector<std::vector<float>> embeddings;
  Random random({5});
  for (std::uint32_t i = 0; i < labels_.size(); ++i) {
    auto& embedding = embeddings.emplace_back();
    for (int d = 0; d < 4; ++d) embedding.push_back(random.Uniform() - 0.5F);
    labels_[i].gain = (embedding[2] > 0.0F) == (random.Uniform() < 0.9F) ? 1.0F : 0.0F;
    labels_[i].prompt = prompts_[i];
  }
  for (std::uint32_t i = 0; i < labels_.size(); ++i) labels_[i].embedding = embeddings[i];
  const auto training = Train();
  ASSERT_TRUE(training) << training.error().public_message;
  EXPECT_EQ(training->held_out.verdict, Verdict::kBetter);
  EXPECT_GT(training->held_out.scorers[0].apgr.value, 0.65);
  EXPECT_THAT(training->learnt, HasSubstr("the embedding"));
  const auto router = routing::MfRouter::Create(training->checkpoint, "", "");
  ASSERT_TRUE(router);
  EXPECT_EQ((*router)->Info().embedder, options_.embedder);
  const std::vector<float> needed{0.0F, 0.0F, 1.0F, 0.0F};
  const std::vector<float> not_needed{0.0F, 0.0F, -1.0F, 0.0F};
  EXPECT_GT((*router)->Score({prompts_[0]}, std::span(needed))->value(),
            (*router)->Score({prompts_[0]}, std::span(not_needed))->value() + 0.3);

  labels_[7].embedding = labels_[7].embedding.first(3);
  EXPECT_THAT(Train().error().public_message, HasSubstr("an embedding of 3 numbers, not of 4"));
  embeddings[7][0] = std::numeric_limits<float>::infinity();
  labels_[7].embedding = embeddings[7];
  EXPECT_THAT(Train().error().public_message, HasSubstr("not finite"));
}

TEST_F(OwnLabelsTrainerTest, RefusesWhatCannotBeLearntFrom) {
  const auto message = [&] { return Train().error().public_message; };
  auto labels = std::exchange(labels_, {});
  labels_.assign(labels.begin(), labels.begin() + 10);
  EXPECT_THAT(message(), HasSubstr("too little to learn from: 10 labelled prompts in 10 groups"));
  labels_ = labels;
  for (LabelledPrompt& label : labels_) label.group %= 7;
  EXPECT_THAT(message(), HasSubstr("300 labelled prompts in 7 groups"));
  labels_ = labels;
  for (LabelledPrompt& label : labels_) label.gain = 1.0F;
  EXPECT_THAT(message(), HasSubstr("all 300 labels say the same"));
  labels_ = labels;
  options_.weak_model = "big";
  EXPECT_THAT(message(), HasSubstr("the same"));
  options_.weak_model = "small";
  initial_ = routing::RandomMfCheckpoint(7, true);
  EXPECT_THAT(message(), HasSubstr("itself trained on own labels"));
}

TEST_F(OwnLabelsTrainerTest, StopsWhenTold) {
  const auto training = TrainOnOwnLabels(initial_, labels_, options_,
                                         [](std::size_t done, std::size_t) { return done < 2; });
  ASSERT_FALSE(training);
  EXPECT_EQ(training.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace routellm::training
