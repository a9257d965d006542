#include "training/pair_examples.h"

#include <gmock/gmock.h>

namespace routellm::training {
namespace {

using ::testing::HasSubstr;

data::Dataset Queries(std::size_t count) {
  data::Dataset dataset;
  dataset.models = {"strong", "weak", "other"};
  dataset.sources = {"source"};
  dataset.tasks = {"source"};
  for (std::uint32_t i = 0; i < count; ++i)
    dataset.queries.push_back({"q" + std::to_string(i), "prompt", 0, 0, i / 2});
  return dataset;
}

TEST(PairExamplesTest, OutcomesOfBothModels) {
  auto dataset = Queries(4);
  dataset.outcomes = {{0, 0, 1.0F}, {0, 1, 0.5F}, {1, 0, 1.0F}, {1, 2, 0.0F},
                      {2, 1, 0.3F}, {2, 0, 0.3F}, {3, 0, 0.0F}, {3, 1, 1.0F}};
  const auto examples = FindPairExamples(dataset, "strong", "weak");
  ASSERT_TRUE(examples);
  ASSERT_EQ(examples->size(), 3U);
  EXPECT_EQ((*examples)[0].Preference(), 0.75F);
  EXPECT_EQ((*examples)[0].wins, 1.0F);
  EXPECT_EQ((*examples)[1].query, 2U);
  EXPECT_EQ((*examples)[1].group, 1U);
  EXPECT_EQ((*examples)[1].ties, 1.0F);
  EXPECT_EQ((*examples)[2].losses, 1.0F);
  EXPECT_EQ((*examples)[2].Preference(), 0.0F);
}

TEST(PairExamplesTest, BattlesCountByWeightInEitherOrder) {
  auto dataset = Queries(1);
  dataset.battles = {
      {0, 0, 1, 1.0F, 2.0F}, {0, 1, 0, 1.0F, 1.0F}, {0, 1, 0, 0.5F, 1.0F}, {0, 2, 0, 1.0F, 9.0F}};
  const auto examples = FindPairExamples(dataset, "strong", "weak");
  ASSERT_TRUE(examples);
  const PairExample& example = examples->front();
  EXPECT_FLOAT_EQ(example.wins, 0.5F);
  EXPECT_FLOAT_EQ(example.ties, 0.25F);
  EXPECT_FLOAT_EQ(example.losses, 0.25F);
  EXPECT_FLOAT_EQ(example.Preference(), 0.625F);
}

TEST(PairExamplesTest, SaysWhatIsMissing) {
  auto dataset = Queries(1);
  dataset.outcomes = {{0, 0, 1.0F}};
  EXPECT_THAT(FindPairExamples(dataset, "strong", "wek").error().public_message,
              HasSubstr("no model 'wek'"));
  EXPECT_EQ(FindPairExamples(dataset, "weak", "weak").error().code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(FindPairExamples(dataset, "strong", "weak").error().code, ErrorCode::kInvalidData);
}

}  // namespace
}  // namespace routellm::training
