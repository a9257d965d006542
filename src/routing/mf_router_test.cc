#include "routing/mf_router.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <thread>

#include "core/testing/allocations.h"
#include "routing/testing/random_checkpoint.h"
#include "routing/testing/reference_win_rate.h"

namespace routellm::routing {
namespace {

const std::string kPrompts[] = {
    "",
    "What is the capital of France?",
    "Prove that \\sqrt{2} is irrational.\n\nA. yes\nB. no",
    "def f(x):\n    return x ** 2\n\nWhat does f(12) return?",
    "写一首关于春天的诗。",
    std::string(5000, 'x') + " and 12345 \xFF\xFE",
};

TEST(MfRouterTest, ScoresByTheFormula) {
  for (const bool own_labels : {false, true}) {
    const MfCheckpoint checkpoint = RandomMfCheckpoint(7, own_labels);
    const auto router = MfRouter::Create(checkpoint, "", "");
    ASSERT_TRUE(router);
    for (const std::string& prompt : kPrompts) {
      EXPECT_NEAR((*router)->Score({prompt}, {})->value(),
                  ReferenceWinRate(checkpoint, 0, 1, prompt), 1e-6);
    }
  }
}

TEST(MfRouterTest, ScoresOtherPairs) {
  const MfCheckpoint checkpoint = RandomMfCheckpoint(3);
  const auto router = MfRouter::Create(checkpoint, "model-1", "model-2");
  ASSERT_TRUE(router);
  EXPECT_EQ((*router)->Info().strong_model, "model-1");
  EXPECT_EQ((*router)->Info().weak_model, "model-2");
  EXPECT_TRUE((*router)->Info().win_rate_quantiles.empty()) << "the table is the default pair's";
  for (const std::string& prompt : kPrompts) {
    EXPECT_NEAR((*router)->Score({prompt}, {})->value(), ReferenceWinRate(checkpoint, 1, 2, prompt),
                1e-6);
  }
}

TEST(MfRouterTest, TheDefaultPairHasTheCheckpointsCalibrationTable) {
  const MfCheckpoint checkpoint = RandomMfCheckpoint(3);
  const auto router = MfRouter::Create(checkpoint, "", "");
  EXPECT_EQ((*router)->Info().win_rate_quantiles, checkpoint.win_rate_percentiles);
}

// The effects are first-order: each is what a small change of the prompt's column would change.
TEST(MfRouterTest, ExplainsByTheLargestEffects) {
  const auto router = MfRouter::Create(RandomMfCheckpoint(5), "", "");
  const std::string prompt = "Prove that the capital of France is not 12 or 13. Is it 14 or 15?";
  const auto explanation = (*router)->Explain({prompt}, {});
  ASSERT_TRUE(explanation);
  EXPECT_FALSE(explanation->basis.empty());
  ASSERT_GT(explanation->reasons.size(), 5U);
  std::set<std::string> whats;
  for (std::size_t i = 0; i < explanation->reasons.size(); ++i) {
    whats.insert(explanation->reasons[i].what);
    if (i > 0) {
      EXPECT_LE(std::abs(explanation->reasons[i].effect),
                std::abs(explanation->reasons[i - 1].effect));
    }
  }
  EXPECT_EQ(whats.size(), explanation->reasons.size()) << "each reason is given once";
  EXPECT_TRUE(whats.contains("the word \"capital\""));
  EXPECT_TRUE(whats.contains("the question says not or except"));
}

// Taking a column's weights away, in all functions, changes the win rate by its effect, to first
// order.
TEST(MfRouterTest, EffectsAreRightToFirstOrder) {
  constexpr std::size_t kEndsWithQuestion = 10;
  MfCheckpoint checkpoint = RandomMfCheckpoint(5);
  const auto functions = {&MfFunctions::easiness, &MfFunctions::discrimination,
                          &MfFunctions::is_chat, &MfFunctions::preference};
  for (const auto function : functions) {
    for (float& weight : (checkpoint.functions.*function).weights) weight *= 0.02F;
  }
  const std::string prompt = "Prove that the capital of France is not 12. Is it 14 or 15?";
  for (const auto function : functions) {
    MfCheckpoint with = checkpoint;
    (with.functions.*function).weights[kEndsWithQuestion] = 0.1F;
    MfCheckpoint without = with;
    for (const auto other : functions) (without.functions.*other).weights[kEndsWithQuestion] = 0.0F;
    const auto router = MfRouter::Create(with, "", "");
    const double difference = (*router)->Score({prompt}, {})->value() -
                              (*MfRouter::Create(without, "", ""))->Score({prompt}, {})->value();
    ASSERT_GT(std::abs(difference), 0.0005);
    const auto explanation = (*router)->Explain({prompt}, {});
    double effect = 0.0;
    for (const Reason& reason : explanation->reasons) {
      if (reason.what == "ends with a question mark") effect = reason.effect;
    }
    EXPECT_NEAR(effect, difference, 0.1 * std::abs(difference));
  }
}

TEST(MfRouterTest, TheEffectsOfAllReasonsAddUp) {
  // Without clipping, kinds or words the win rate is near its value at the mean prompt plus the
  // effects where these are small.
  MfCheckpoint checkpoint = RandomMfCheckpoint(5);
  for (auto* function : {&checkpoint.functions.easiness, &checkpoint.functions.discrimination,
                         &checkpoint.functions.preference}) {
    for (float& weight : function->weights) weight *= 0.01F;
  }
  checkpoint.functions.is_chat.weights.assign(kBaseColumns, 0.0F);
  const auto router = MfRouter::Create(checkpoint, "", "");
  const std::string prompt = "What is the capital of France, and what was it before that?";
  MfCheckpoint at_mean = checkpoint;
  for (auto* function : {&at_mean.functions.easiness, &at_mean.functions.discrimination,
                         &at_mean.functions.preference}) {
    function->weights.assign(function->weights.size(), 0.0F);
  }
  const double mean = (*MfRouter::Create(at_mean, "", ""))->Score({prompt}, {})->value();
  double sum = 0.0;
  const auto explanation = (*router)->Explain({prompt}, {});
  for (const Reason& reason : explanation->reasons) sum += reason.effect;
  EXPECT_NEAR((*router)->Score({prompt}, {})->value(), mean + sum, 0.01);
}

TEST(MfRouterTest, RefusesUnknownModelsAndEvidence) {
  const MfCheckpoint checkpoint = RandomMfCheckpoint(3);
  EXPECT_EQ(MfRouter::Create(checkpoint, "absent", "").error().code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(MfRouter::Create(checkpoint, "", "absent").error().code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(MfRouter::Create(checkpoint, "model-1", "").error().code, ErrorCode::kInvalidRequest);
  const auto router = MfRouter::Create(checkpoint, "", "");
  const std::vector<float> embedding(8, 0.0f);
  EXPECT_EQ((*router)->Score({"text"}, std::span(embedding)).error().code, ErrorCode::kInvalidData);
}

TEST(MfRouterTest, OwnLabelsMayNeedAnEmbedding) {
  const MfCheckpoint checkpoint = RandomMfCheckpoint(7, true, 5);
  const auto router = MfRouter::Create(checkpoint, "", "");
  ASSERT_TRUE(router);
  EXPECT_EQ((*router)->Info().evidence, EvidenceKind::kEmbedding);
  EXPECT_EQ((*router)->Info().embedder, checkpoint.own_labels->embedding->embedder);
  const std::vector<float> embedding{0.5F, -2.0F, 1.0F, 0.0F, 3.0F};
  for (const std::string& prompt : kPrompts) {
    const auto win_rate = (*router)->Score({prompt}, std::span(embedding));
    ASSERT_TRUE(win_rate);
    EXPECT_NEAR(win_rate->value(), ReferenceWinRate(checkpoint, 0, 1, prompt, embedding), 1e-6);
    EXPECT_TRUE((*router)->Explain({prompt}, std::span(embedding)));
  }
  const std::vector<float> zero(5, 0.0F);
  EXPECT_TRUE((*router)->Score({"text"}, std::span(zero)));
}

TEST(MfRouterTest, RefusesEvidenceThatIsNoEmbeddingOfTheRightKind) {
  const auto router = MfRouter::Create(RandomMfCheckpoint(7, true, 5), "", "");
  const std::vector<float> four(4, 1.0F);
  std::vector<float> not_finite(5, 1.0F);
  not_finite[3] = std::nanf("");
  const std::vector<float> endless(5, std::numeric_limits<float>::infinity());
  const Evidence wrong[] = {{},
                            std::span<const float>(four),
                            std::span<const float>(not_finite),
                            std::span<const float>(endless),
                            WinRate::Clamped(0.5)};
  for (const Evidence& evidence : wrong) {
    EXPECT_EQ((*router)->Score({"text"}, evidence).error().code, ErrorCode::kInvalidData);
    EXPECT_EQ((*router)->Explain({"text"}, evidence).error().code, ErrorCode::kInvalidData);
  }
}

TEST(MfRouterTest, AllocatesNothingInTheSteadyState) {
  const auto router = MfRouter::Create(RandomMfCheckpoint(3, true), "", "");
  for (const std::string& prompt : kPrompts) ASSERT_TRUE((*router)->Score({prompt}, {}));
  const std::size_t before = AllocationsOfThisThread();
  double sum = 0.0;
  for (int round = 0; round < 100; ++round) {
    for (const std::string& prompt : kPrompts) sum += (*router)->Score({prompt}, {})->value();
  }
  EXPECT_EQ(AllocationsOfThisThread(), before);
  EXPECT_GT(sum, 0.0);
}

TEST(MfRouterTest, ThreadsAgree) {
  const auto router = MfRouter::Create(RandomMfCheckpoint(3, true), "", "");
  std::vector<double> expected;
  for (const std::string& prompt : kPrompts)
    expected.push_back((*router)->Score({prompt}, {})->value());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (std::size_t i = 0; i < 300; ++i) {
        const std::size_t p = i % std::size(kPrompts);
        EXPECT_EQ((*router)->Score({kPrompts[p]}, {})->value(), expected[p]);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace routellm::routing
