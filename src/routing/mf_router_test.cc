#include "routing/mf_router.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <thread>

#include "core/testing/allocations.h"
#include "routing/testing/random_checkpoint.h"
#include "text/hashed_features.h"

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

// The formula as it stands, without folding: T e first, then the product with the pair.
double ReferenceWinRate(const MfCheckpoint& checkpoint, std::size_t strong, std::size_t weak,
                        double offset, const std::string& prompt) {
  text::FeatureBag bag;
  text::HashedFeatures::Create(checkpoint.features)->Extract(prompt, bag);
  const std::size_t d = checkpoint.dimension;
  std::vector<double> projected(checkpoint.bias.begin(), checkpoint.bias.end());
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t k = 0; k < bag.buckets.size(); ++k) {
      projected[i] += double{bag.weights[k]} * checkpoint.bucket_embeddings[bag.buckets[k] * d + i];
    }
    for (std::size_t f = 0; f < bag.dense.size(); ++f) {
      projected[i] += double{bag.dense[f]} * checkpoint.dense_projection[f * d + i];
    }
  }
  const auto norm = [&](std::size_t model) {
    double squares = 0.0;
    for (std::size_t i = 0; i < d; ++i)
      squares += std::pow(checkpoint.model_vectors[model * d + i], 2);
    return std::sqrt(squares);
  };
  double sum = 0.0;
  for (std::size_t i = 0; i < d; ++i) {
    const double difference = checkpoint.model_vectors[strong * d + i] / norm(strong) -
                              checkpoint.model_vectors[weak * d + i] / norm(weak);
    sum += checkpoint.classifier[i] * difference * projected[i];
  }
  return 1.0 / (1.0 + std::exp(-(checkpoint.slope * sum + offset)));
}

TEST(MfRouterTest, FoldingChangesNothing) {
  for (const std::size_t dimension : {1u, 7u, 32u}) {
    const MfCheckpoint checkpoint = RandomMfCheckpoint(dimension, 12, dimension);
    const auto router = MfRouter::Create(checkpoint, "", "");
    ASSERT_TRUE(router);
    for (const std::string& prompt : kPrompts) {
      EXPECT_NEAR((*router)->Score({prompt}, {})->value(),
                  ReferenceWinRate(checkpoint, 0, 1, checkpoint.offset, prompt), 1e-6);
    }
  }
}

TEST(MfRouterTest, OtherPairsAreScoredWithoutTheDefaultPairsOffset) {
  const MfCheckpoint checkpoint = RandomMfCheckpoint(3, 12, 8);
  const auto router = MfRouter::Create(checkpoint, "model-1", "model-2");
  const auto swapped = MfRouter::Create(checkpoint, "model-2", "model-1");
  ASSERT_TRUE(router && swapped);
  EXPECT_EQ((*router)->Info().strong_model, "model-1");
  EXPECT_EQ((*router)->Info().weak_model, "model-2");
  EXPECT_TRUE((*router)->Info().win_rate_quantiles.empty()) << "the table is the default pair's";
  for (const std::string& prompt : kPrompts) {
    const double win_rate = (*router)->Score({prompt}, {})->value();
    EXPECT_NEAR(win_rate, ReferenceWinRate(checkpoint, 1, 2, 0.0, prompt), 1e-6);
    EXPECT_NEAR(win_rate + (*swapped)->Score({prompt}, {})->value(), 1.0, 1e-6);
  }
}

TEST(MfRouterTest, TheDefaultPairHasTheCheckpointsCalibrationTable) {
  const MfCheckpoint checkpoint = RandomMfCheckpoint(3, 10, 2);
  const auto router = MfRouter::Create(checkpoint, "", "");
  EXPECT_EQ((*router)->Info().win_rate_quantiles, checkpoint.win_rate_percentiles);
}

TEST(MfRouterTest, RefusesUnknownModelsAndEvidence) {
  const MfCheckpoint checkpoint = RandomMfCheckpoint(3, 10, 2);
  EXPECT_EQ(MfRouter::Create(checkpoint, "absent", "").error().code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(MfRouter::Create(checkpoint, "", "absent").error().code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(MfRouter::Create(checkpoint, "model-1", "").error().code, ErrorCode::kInvalidRequest);
  const auto router = MfRouter::Create(checkpoint, "", "");
  const std::vector<float> embedding(8, 0.0f);
  EXPECT_EQ((*router)->Score({"text"}, std::span(embedding)).error().code, ErrorCode::kInvalidData);
}

TEST(MfRouterTest, AllocatesNothingInTheSteadyState) {
  const auto router = MfRouter::Create(RandomMfCheckpoint(3, 16, 2), "", "");
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
  const auto router = MfRouter::Create(RandomMfCheckpoint(3, 12, 4), "", "");
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
