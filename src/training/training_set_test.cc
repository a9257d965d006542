#include "training/training_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "training/comparisons.h"

namespace routellm::training {
namespace {

data::DataQuery Query(std::string id, std::uint32_t source, std::uint32_t group) {
  return {std::move(id), "prompt of a query", source, source, group};
}

// Source 0: graded outcomes on queries 0 to 2; source 1: battles on query 3, one outcome alone on
// query 4.
data::Dataset SmallDataset() {
  data::Dataset dataset;
  dataset.models = {"a", "b", "c"};
  dataset.sources = dataset.tasks = {"exam", "chat"};
  dataset.queries = {Query("0", 0, 0), Query("1", 0, 1), Query("2", 0, 2), Query("3", 1, 2),
                     Query("4", 1, 3)};
  dataset.outcomes = {{0, 0, 1.0F}, {0, 1, 0.5F}, {0, 2, 0.5F}, {1, 0, 0.0F},
                      {1, 1, 0.5F}, {2, 0, 1.0F}, {2, 1, 1.0F}, {4, 0, 1.0F}};
  dataset.battles = {{3, 0, 1, 1.0F, 3.0F, true, false}, {3, 2, 0, 0.5F, 1.0F, false, true}};
  dataset.group_count = 4;
  return dataset;
}

TrainingSet SmallSet() {
  Crew crew(2);
  return MakeTrainingSet(SmallDataset(), *text::HashedFeatures::Create({}), 1024, crew);
}

TEST(MakeTrainingSetTest, LeavesOutQueriesWithoutAComparison) {
  const TrainingSet set = SmallSet();
  ASSERT_EQ(set.queries.size(), 4U);
  EXPECT_EQ(set.Scores(set.queries[0]).size(), 3U);
  EXPECT_EQ(set.Battles(set.queries[0]).size(), 0U);
  EXPECT_EQ(set.Battles(set.queries[3]).size(), 2U);
  EXPECT_GT(set.queries[3].features_end, set.queries[3].features_begin);
}

TEST(MakeTrainingSetTest, GradesCountByTheirSourcesUsualDifference) {
  const TrainingSet set = SmallSet();
  EXPECT_NEAR(set.score_unit[0], 0.5F, 1e-6F);
  EXPECT_FLOAT_EQ(set.Preference(set.queries[0], 1.0F, 0.5F), 1.0F);
  EXPECT_FLOAT_EQ(set.Preference(set.queries[0], 0.5F, 0.75F), 0.25F);
  EXPECT_FLOAT_EQ(set.Preference(set.queries[0], 0.3F, 0.3F), 0.5F);
}

TEST(AllComparisonsTest, WeightsAddUpToOne) {
  const TrainingSet set = SmallSet();
  std::vector<Comparison> comparisons;
  AllComparisons(set, set.queries[0], comparisons);
  ASSERT_EQ(comparisons.size(), 3U);
  EXPECT_NEAR(comparisons[0].weight, 1.0F / 3.0F, 1e-6F);
  AllComparisons(set, set.queries[3], comparisons);
  ASSERT_EQ(comparisons.size(), 2U);
  EXPECT_FLOAT_EQ(comparisons[0].weight, 0.75F);
  EXPECT_TRUE(comparisons[0].sampled_for_a);
  EXPECT_TRUE(comparisons[1].sampled_for_b);
}

TEST(SampleComparisonsTest, DrawsDifferentModelsReproducibly) {
  const TrainingSet set = SmallSet();
  std::vector<Comparison> once;
  std::vector<Comparison> again;
  Random random({7});
  Random same({7});
  SampleComparisons(set, set.queries[0], 2, random, once);
  SampleComparisons(set, set.queries[0], 2, same, again);
  ASSERT_EQ(once.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_NE(once[i].a, once[i].b);
    EXPECT_EQ(once[i].a, again[i].a);
    EXPECT_EQ(once[i].b, again[i].b);
  }
}

TEST(SplitTest, GroupsStayTogether) {
  TrainingSet set;
  for (std::uint32_t i = 0; i < 2000; ++i) {
    TrainingQuery query;
    query.group = i / 2;
    set.queries.push_back(query);
  }
  const Split split = SplitByGroup(set, 0.2, 5);
  EXPECT_EQ(split.training.size() + split.held_out.size(), 2000U);
  EXPECT_NEAR(static_cast<double>(split.held_out.size()), 400.0, 80.0);
  std::set<std::uint32_t> training_groups;
  for (const auto i : split.training) training_groups.insert(set.queries[i].group);
  for (const auto i : split.held_out) EXPECT_FALSE(training_groups.contains(set.queries[i].group));
  EXPECT_EQ(SplitByGroup(set, 0.2, 5).held_out, split.held_out);
  EXPECT_NE(SplitByGroup(set, 0.2, 6).held_out, split.held_out);
}

TEST(SplitTest, AHeldOutSourceTakesItsGroupsOutOfTraining) {
  const Split split = SplitBySource(SmallSet(), 1);
  EXPECT_EQ(split.held_out, std::vector<std::uint32_t>{3});
  EXPECT_EQ(split.training, (std::vector<std::uint32_t>{0, 1}))
      << "query 2 shares a group with query 3";
}

}  // namespace
}  // namespace routellm::training
