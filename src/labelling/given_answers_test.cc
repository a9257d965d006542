#include "labelling/given_answers.h"

#include <gmock/gmock.h>

#include <fstream>

#include "core/testing/temporary_folder.h"

namespace routellm::labelling {
namespace {

using ::testing::HasSubstr;

class GivenAnswersTest : public testing::Test {
 protected:
  Result<void> Read(const std::string& text) {
    const std::string file = folder_.File("answers.jsonl");
    std::ofstream(file) << text;
    return answers_.Read(file);
  }

  TemporaryFolder folder_;
  GivenAnswers answers_;
};

TEST_F(GivenAnswersTest, AreFoundByPromptOrId) {
  ASSERT_TRUE(
      Read("{\"prompt\": \"hi\", \"model\": \"big\", \"answer\": \"Hello!\"}\n"
           "{\"id\": \"7\", \"model\": \"small\", \"answer\": \"hey\"}\n"
           "{\"id\": \"7\", \"model\": \"small\", \"answer\": \"hey\"}\n"));
  EXPECT_EQ(answers_.Find("big", "1", "hi"), "Hello!");
  EXPECT_EQ(answers_.Find("small", "7", "hi"), "hey");
  EXPECT_EQ(answers_.Find("big", "7", "other"), std::nullopt);
  EXPECT_EQ(answers_.size(), 2U);
}

TEST_F(GivenAnswersTest, BadLinesAreRefused) {
  EXPECT_THAT(Read("{\"id\": \"7\", \"answer\": \"hey\"}\n").error().ToString(),
              HasSubstr("answers.jsonl:1"));
  EXPECT_THAT(Read("{\"model\": \"m\", \"answer\": \"hey\"}\n").error().ToString(),
              HasSubstr("'id'"));
  EXPECT_THAT(Read("{\"id\": \"7\", \"model\": \"m\", \"answer\": \"a\"}\n"
                   "{\"id\": \"7\", \"model\": \"m\", \"answer\": \"b\"}\n")
                  .error()
                  .ToString(),
              HasSubstr("another answer"));
}

}  // namespace
}  // namespace routellm::labelling
