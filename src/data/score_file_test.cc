#include "data/score_file.h"

#include <gmock/gmock.h>

#include "data/test_files.h"
#include "data/text_file.h"

namespace routellm::data {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;

class ScoreFileTest : public testing::Test {
 protected:
  // The message of a file of three prompts that must be refused.
  std::string Refusal(std::string_view text) const {
    const auto scores = ReadScores(folder_.Write("s.csv", text), 3);
    if (scores) return "accepted";
    EXPECT_EQ(scores.error().code, ErrorCode::kInvalidData);
    return scores.error().detail;
  }

  TestFolder folder_;
};

TEST_F(ScoreFileTest, RowsMayComeInAnyOrder) {
  const auto file = folder_.Write("s.csv", "name,score,index\na,-1.5,2\nb,1e-3,0\nc,7,1\n");
  const auto scores = ReadScores(file, 3);
  ASSERT_TRUE(scores) << scores.error().ToString();
  EXPECT_THAT(*scores, ElementsAre(0.001, 7, -1.5));
}

TEST_F(ScoreFileTest, WhatIsWrittenIsReadBack) {
  const std::vector<double> scores = {0.1, 1.0 / 3.0, 5e-324};
  const auto file = folder_.path() / "w.csv";
  ASSERT_TRUE(WriteScores(file, scores));
  EXPECT_EQ(*ReadScores(file, 3), scores);
}

TEST_F(ScoreFileTest, NamesFileLineAndColumnOfWhatIsWrong) {
  EXPECT_THAT(Refusal("index,value\n0,1\n"), EndsWith("s.csv:1: there is no column 'score'"));
  EXPECT_THAT(Refusal("score\n0\n"), EndsWith("s.csv:1: there is no column 'index'"));
  EXPECT_THAT(Refusal("index,score\n0,1\n1,nan\n2,1\n"),
              EndsWith("s.csv:3: column 'score': 'nan' is not a finite number"));
  EXPECT_THAT(Refusal("index,score\n0,1\n1,inf\n2,1\n"),
              EndsWith("s.csv:3: column 'score': 'inf' is not a finite number"));
  EXPECT_THAT(Refusal("index,score\n0,\n1,1\n2,1\n"),
              EndsWith("s.csv:2: column 'score': '' is not a finite number"));
  EXPECT_THAT(Refusal("index,score\n0,1\n1,1\n1,1\n"),
              EndsWith("s.csv:4: column 'index': 1 occurs twice"));
  EXPECT_THAT(Refusal("index,score\n0,1\n1,1\n2,1\n3,1\n"),
              EndsWith("s.csv:5: column 'index': '3' is not an index from 0 to 2"));
  EXPECT_THAT(Refusal("index,score\n0,1\n2,1\n"),
              EndsWith("s.csv:3: column 'index': 1 is missing; the file ends after 2 rows where "
                       "there are 3 prompts"));
  EXPECT_THAT(Refusal("index,score\n0,1,2\n"),
              EndsWith("s.csv:2: 3 fields where the header has 2"));
}

TEST_F(ScoreFileTest, AFileThatIsNotThereIsAnErrorOfTheSystem) {
  const auto scores = ReadScores(folder_.path() / "none.csv", 3);
  ASSERT_FALSE(scores);
  EXPECT_EQ(scores.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace routellm::data
