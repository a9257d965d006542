#include "training/crew.h"

#include <gtest/gtest.h>

#include <vector>

namespace routellm::training {
namespace {

TEST(CrewTest, EveryIndexIsVisitedOnceInEveryRound) {
  for (const unsigned size : {1U, 3U}) {
    Crew crew(size);
    EXPECT_EQ(crew.size(), size);
    std::vector<int> visits(100, 0);
    for (int round = 0; round < 50; ++round)
      crew.ForEach(visits.size(), [&](std::size_t i) { ++visits[i]; });
    EXPECT_EQ(visits, std::vector<int>(100, 50));
  }
}

TEST(CrewTest, EveryMemberRuns) {
  Crew crew(4);
  std::vector<int> ran(4, 0);
  crew.Run([&](unsigned member) { ran[member] = 1; });
  EXPECT_EQ(ran, std::vector<int>(4, 1));
}

}  // namespace
}  // namespace routellm::training
