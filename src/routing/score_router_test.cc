#include "routing/score_router.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "core/testing/allocations.h"
#include "core/testing/temporary_folder.h"
#include "routing/builtin_checkpoint.h"
#include "routing/causal_llm_router.h"
#include "routing/testing/random_checkpoint.h"

namespace routellm::routing {
namespace {

using ::testing::HasSubstr;

const std::string kPrompts[] = {"", "What is the capital of France?",
                                "Prove that it is not irrational.\nA. yes\nB. no\nC. 12",
                                std::string(5000, 'x') + " and 12345 \xFF\xFE"};

ScoreCheckpoint RandomScoreCheckpoint(std::uint64_t seed) {
  const MfCheckpoint mf = RandomMfCheckpoint(seed);
  ScoreCheckpoint checkpoint;
  checkpoint.words = mf.words;
  checkpoint.scale = mf.scale;
  checkpoint.easiness = mf.functions.easiness;
  checkpoint.discrimination = mf.functions.discrimination;
  checkpoint.ability_middle = 0.4;
  checkpoint.ability_range = 1.3;
  checkpoint.thresholds = {-1.5, -0.25, 0.5, 2.0};
  checkpoint.models = {"model-0", "model-1", "model-2"};
  checkpoint.abilities = {1.1, -0.3, -0.9};
  checkpoint.strong_model = "elsewhere";
  checkpoint.weak_model = "model-1";
  checkpoint.win_rate_percentiles = mf.win_rate_percentiles;
  checkpoint.notes = {{"sources", "none"}};
  return checkpoint;
}

// P(score >= k), by the definition.
double ChanceOfAtLeast(const ScoreCheckpoint& checkpoint, std::size_t model, std::size_t score,
                       const std::string& prompt) {
  const auto words = text::WordVectors::Create(checkpoint.words);
  const PromptColumns columns =
      MakeColumns(text::ExtractPromptFeatures(prompt, *words), checkpoint.scale);
  const double ability = checkpoint.abilities[model];
  double quality = ability + checkpoint.easiness.bias;
  double discrimination = checkpoint.discrimination.bias;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    quality += double{checkpoint.easiness.weights[i]} * columns[i];
    discrimination += double{checkpoint.discrimination.weights[i]} * columns[i];
  }
  quality += (ability - 0.4) / 1.3 * discrimination;
  return 1.0 / (1.0 + std::exp(checkpoint.thresholds[score - 2] - quality));
}

TEST(ScoreRouterTest, DistributionAndWinRateAreThoseOfTheFormula) {
  const ScoreCheckpoint checkpoint = RandomScoreCheckpoint(4);
  for (const std::size_t model : {1U, 2U}) {
    const auto router = ScoreRouter::Create(checkpoint, "", model == 1 ? "" : "model-2");
    ASSERT_TRUE(router);
    for (const std::string& prompt : kPrompts) {
      const ScoreDistribution distribution = (*router)->Distribution(prompt);
      double above = 1.0;
      for (std::size_t score = 1; score <= 5; ++score) {
        const double next = score < 5 ? ChanceOfAtLeast(checkpoint, model, score + 1, prompt) : 0.0;
        EXPECT_NEAR(std::exp(distribution.log_probabilities[score - 1]), above - next, 1e-5);
        above = next;
      }
      const auto win_rate = (*router)->Score({prompt}, {});
      ASSERT_TRUE(win_rate);
      EXPECT_NEAR(win_rate->value(), 1.0 - ChanceOfAtLeast(checkpoint, model, 4, prompt), 1e-5);
      EXPECT_EQ(win_rate->value(), CausalLlmRouter().Score({prompt}, distribution)->value());
    }
  }
}

TEST(ScoreRouterTest, OnlyTheDefaultWeakModelHasACalibrationTable) {
  const ScoreCheckpoint checkpoint = RandomScoreCheckpoint(4);
  EXPECT_EQ((*ScoreRouter::Create(checkpoint, "any", ""))->Info().win_rate_quantiles,
            checkpoint.win_rate_percentiles);
  EXPECT_TRUE(
      (*ScoreRouter::Create(checkpoint, "any", "model-2"))->Info().win_rate_quantiles.empty());
  EXPECT_EQ((*ScoreRouter::Create(checkpoint, "", ""))->Info().strong_model, "elsewhere");
}

TEST(ScoreRouterTest, RefusesUnknownModelsAndEvidence) {
  const ScoreCheckpoint checkpoint = RandomScoreCheckpoint(4);
  EXPECT_EQ(ScoreRouter::Create(checkpoint, "", "absent").error().code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(ScoreRouter::Create(checkpoint, "model-1", "").error().code,
            ErrorCode::kInvalidRequest);
  const std::vector<float> embedding(8);
  EXPECT_EQ((*ScoreRouter::Create(checkpoint, "", ""))
                ->Score({"text"}, std::span(embedding))
                .error()
                .code,
            ErrorCode::kInvalidData);
}

TEST(ScoreRouterTest, AllocatesNothingInTheSteadyState) {
  const auto router = ScoreRouter::Create(RandomScoreCheckpoint(4), "", "");
  const std::string prompt = "Prove that the capital of France is not irrational. 12?";
  (void)(*router)->Score({prompt}, {});
  const std::size_t before = AllocationsOfThisThread();
  (void)(*router)->Score({prompt}, {});
  EXPECT_EQ(AllocationsOfThisThread(), before);
}

// Taking a column's weight away changes the win rate by its effect, to first order.
TEST(ScoreRouterTest, EffectsAreRightToFirstOrder) {
  ScoreCheckpoint checkpoint = RandomScoreCheckpoint(6);
  constexpr float kSmall = 0.02F;
  for (float& weight : checkpoint.easiness.weights) weight *= kSmall;
  for (float& weight : checkpoint.discrimination.weights) weight *= kSmall;
  checkpoint.easiness.weights[10] = 0.3F;  // ends_with_question
  const std::string prompt = "Prove that the capital of France is not 12. Is it 14 or 15?";
  const auto router = ScoreRouter::Create(checkpoint, "", "");
  const auto explanation = (*router)->Explain({prompt}, {});
  ASSERT_TRUE(explanation);
  EXPECT_THAT(explanation->basis, HasSubstr("model-1"));
  ScoreCheckpoint without = checkpoint;
  without.easiness.weights[10] = without.discrimination.weights[10] = 0.0F;
  const double difference = (*router)->Score({prompt}, {})->value() -
                            (*ScoreRouter::Create(without, "", ""))->Score({prompt}, {})->value();
  ASSERT_GT(std::abs(difference), 0.02);
  EXPECT_EQ(explanation->reasons.front().what, "ends with a question mark");
  EXPECT_NEAR(explanation->reasons.front().effect, difference, 0.15 * std::abs(difference));
}

class ScoreCheckpointTest : public testing::Test {
 protected:
  [[nodiscard]] std::string Path() const { return folder_.File("score.safetensors"); }
  testing::AssertionResult Saves(const ScoreCheckpoint& checkpoint) const {
    const auto saved = SaveScoreCheckpoint(checkpoint, Path());
    if (saved) return testing::AssertionSuccess();
    return testing::AssertionFailure() << saved.error().ToString();
  }
  TemporaryFolder folder_;
};

TEST_F(ScoreCheckpointTest, ComesBackAsItWasSaved) {
  const ScoreCheckpoint checkpoint = RandomScoreCheckpoint(9);
  ASSERT_TRUE(Saves(checkpoint));
  const auto loaded = LoadScoreCheckpoint(Path());
  ASSERT_TRUE(loaded) << loaded.error().ToString();
  EXPECT_EQ(loaded->easiness.weights, checkpoint.easiness.weights);
  EXPECT_EQ(loaded->discrimination.bias, checkpoint.discrimination.bias);
  EXPECT_EQ(loaded->thresholds, checkpoint.thresholds);
  EXPECT_EQ(loaded->models, checkpoint.models);
  EXPECT_EQ(loaded->abilities, checkpoint.abilities);
  EXPECT_EQ(loaded->strong_model, checkpoint.strong_model);
  EXPECT_EQ(loaded->win_rate_percentiles, checkpoint.win_rate_percentiles);
  EXPECT_EQ(loaded->notes, checkpoint.notes);
  EXPECT_EQ(loaded->words.words, checkpoint.words.words);
}

TEST_F(ScoreCheckpointTest, WithoutWordsItNeedsThoseOfTheProgram) {
  ScoreCheckpoint checkpoint = RandomScoreCheckpoint(9);
  checkpoint.holds_words = false;
  ASSERT_TRUE(Saves(checkpoint));
  const auto other = LoadScoreCheckpoint(Path());
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().ToString(), HasSubstr("other words than those of this program"));
  checkpoint.words = *BuiltinWords();
  ASSERT_TRUE(Saves(checkpoint));
  const auto same = LoadScoreCheckpoint(Path());
  ASSERT_TRUE(same) << same.error().ToString();
  EXPECT_EQ(same->words.words, checkpoint.words.words);
}

TEST_F(ScoreCheckpointTest, RefusesWhatIsNotValid) {
  const auto refuses = [&](auto spoil, const char* message) {
    ScoreCheckpoint checkpoint = RandomScoreCheckpoint(9);
    spoil(checkpoint);
    const auto valid = Validate(checkpoint);
    ASSERT_FALSE(valid) << message;
    EXPECT_EQ(valid.error().code, ErrorCode::kInvalidData);
    EXPECT_THAT(valid.error().public_message, HasSubstr(message));
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  refuses([](auto& c) { c.easiness.weights.pop_back(); }, "one weight for each column");
  refuses([](auto& c) { c.discrimination.weights[3] = std::nanf(""); }, "not finite");
  refuses([](auto& c) { c.thresholds[1] = c.thresholds[2]; }, "ascending");
  refuses([&](auto& c) { c.thresholds[0] = nan; }, "ascending");
  refuses([](auto& c) { c.ability_range = 0.0; }, "range");
  refuses([](auto& c) { c.scale.deviations[5] = 0.0F; }, "deviations");
  refuses([](auto& c) { c.weak_model = "absent"; }, "none of the models");
  refuses([](auto& c) { c.strong_model = c.weak_model; }, "twice");
  refuses([](auto& c) { c.models[1] = c.models[0]; }, "distinct");
  refuses([](auto& c) { c.abilities.pop_back(); }, "ability");
  refuses([](auto& c) { c.win_rate_percentiles.pop_back(); }, "101");
}

TEST_F(ScoreCheckpointTest, RefusesOtherFiles) {
  ASSERT_TRUE(SaveMfCheckpoint(RandomMfCheckpoint(1), Path()));
  EXPECT_THAT(LoadScoreCheckpoint(Path()).error().ToString(),
              HasSubstr("is no checkpoint of a score router"));
  EXPECT_EQ(LoadScoreCheckpoint(folder_.File("absent")).error().code, ErrorCode::kIo);
}

TEST(BuiltinScoreCheckpointTest, FitsThisProgram) {
  const auto checkpoint = ParseScoreCheckpoint(BuiltinScoreCheckpoint(), "built in");
  ASSERT_TRUE(checkpoint) << checkpoint.error().ToString();
  const auto router = ScoreRouter::Create(*checkpoint, "", "");
  ASSERT_TRUE(router);
  EXPECT_EQ((*router)->Info().win_rate_quantiles.size(), ScoreCheckpoint::kPercentiles);
}

}  // namespace
}  // namespace routellm::routing
