#include "training/labelled_prompts.h"

#include <gmock/gmock.h>

namespace routellm::training {
namespace {

using ::testing::HasSubstr;

data::Dataset Queries(const std::vector<std::string>& prompts) {
  data::Dataset dataset;
  dataset.models = {"strong", "weak", "other"};
  dataset.sources = {"source"};
  dataset.tasks = {"source"};
  for (std::uint32_t i = 0; i < prompts.size(); ++i)
    dataset.queries.push_back({"q" + std::to_string(i), prompts[i], 0, 0, i});
  return dataset;
}

TEST(FindPairLabelsTest, OneLabelForEachPromptAndAccountsForTheRest) {
  auto dataset = Queries({"a", "b", "a", " \n", "c", "d"});
  dataset.outcomes = {{0, 0, 1.0F}, {0, 1, 0.0F}, {1, 0, 0.5F}, {1, 1, 1.0F},
                      {2, 0, 0.5F}, {2, 1, 0.0F}, {3, 0, 1.0F}, {3, 1, 0.0F},
                      {4, 0, 1.0F}, {4, 2, 0.0F}, {5, 1, 1.0F}};
  const auto found = FindPairLabels(dataset, "strong", "weak");
  ASSERT_TRUE(found);
  ASSERT_EQ(found->labels.size(), 2U);
  EXPECT_EQ(found->labels[0].prompt, "a");
  EXPECT_FLOAT_EQ(found->labels[0].gain, 0.75F);
  EXPECT_EQ(found->labels[1].prompt, "b");
  EXPECT_FLOAT_EQ(found->labels[1].gain, -0.5F);
  EXPECT_EQ(found->labels[1].group, 1U);
  EXPECT_EQ(found->empty, 1U);
  EXPECT_EQ(found->one_sided, 2U);
  EXPECT_EQ(found->repeated, 1U);
  EXPECT_EQ(found->contradicting, 1U);
}

TEST(FindPairLabelsTest, BattlesCountByWeightInEitherOrder) {
  auto dataset = Queries({"a", "b"});
  dataset.battles = {{0, 0, 1, 1.0F, 2.0F},
                     {0, 1, 0, 1.0F, 1.0F},
                     {0, 1, 0, 0.5F, 1.0F},
                     {0, 2, 0, 1.0F, 9.0F},
                     {1, 1, 0, 0.0F, 3.0F}};
  const auto found = FindPairLabels(dataset, "strong", "weak");
  ASSERT_TRUE(found);
  ASSERT_EQ(found->labels.size(), 2U);
  EXPECT_FLOAT_EQ(found->labels[0].gain, 0.25F);
  EXPECT_FLOAT_EQ(found->labels[1].gain, 1.0F);
  EXPECT_EQ(found->repeated, 1U);
  EXPECT_EQ(found->contradicting, 1U);
}

TEST(FindPairLabelsTest, SaysWhatIsMissing) {
  auto dataset = Queries({"a", "b"});
  dataset.outcomes = {{0, 0, 1.0F}, {1, 0, 1.0F}};
  const auto message = [&](const char* strong, const char* weak) {
    return FindPairLabels(dataset, strong, weak).error().public_message;
  };
  EXPECT_THAT(message("strong", "wek"), HasSubstr("no model 'wek'; they are of strong, weak"));
  EXPECT_THAT(message("weak", "weak"), HasSubstr("the same"));
  EXPECT_THAT(message("strong", "weak"), HasSubstr("2 only for 'strong', 0 only for 'weak'"));
}

}  // namespace
}  // namespace routellm::training
