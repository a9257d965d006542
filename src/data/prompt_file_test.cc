#include "data/prompt_file.h"

#include <gmock/gmock.h>

#include "data/test_files.h"

namespace routellm::data {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::FieldsAre;

class PromptFileTest : public testing::Test {
 protected:
  std::vector<Prompt> Load(const std::string& name, std::string_view text,
                           std::string_view column = "prompt") const {
    const auto prompts = LoadPrompts(folder_.Write(name, text), column);
    EXPECT_TRUE(prompts) << prompts.error().ToString();
    return prompts.value_or(std::vector<Prompt>{});
  }

  std::string Refusal(const std::string& name, std::string_view text) const {
    const auto prompts = LoadPrompts(folder_.Write(name, text));
    return prompts ? "accepted" : prompts.error().ToString();
  }

  TestFolder folder_;
};

TEST_F(PromptFileTest, LinesMayBeTextOrJson) {
  EXPECT_THAT(
      Load("p.txt", "one\r\n\n{\"id\": 7, \"prompt\": \"two\\nlines\"}\n  three"),
      ElementsAre(FieldsAre("1", "one"), FieldsAre("7", "two\nlines"), FieldsAre("4", "  three")));
  EXPECT_THAT(Load("empty.txt", ""), ElementsAre());
}

TEST_F(PromptFileTest, TheKindCanBeSaid) {
  const auto prompts =
      LoadPrompts(folder_.Write("p.txt", "prompt\na\n"), "prompt", PromptFileKind::kCsv);
  ASSERT_TRUE(prompts) << prompts.error().ToString();
  EXPECT_THAT(*prompts, ElementsAre(FieldsAre("1", "a")));
}

TEST_F(PromptFileTest, OfMessagesTheLastUserTurnCounts) {
  EXPECT_THAT(
      Load(
          "p.jsonl",
          R"({"messages": [{"role": "user", "content": "a"}, {"role": "assistant"}]})"
          "\n"
          R"({"messages": [{"role": "user", "content": "a"}, {"role": "user", "content": [)"
          R"({"type": "text", "text": "b"}, {"type": "image_url"}, {"type": "refusal", "text": "no"},)"
          R"({"type": "input_text", "text": "c"}]}]})"
          "\n"
          R"({"messages": [{"role": "user", "content": [{"type": "image_url"}]}], "id": "x"})"),
      ElementsAre(FieldsAre("1", "a"), FieldsAre("2", "b\nc"), FieldsAre("x", "")));
}

TEST_F(PromptFileTest, AColumnOrKeyMayHaveAnotherName) {
  EXPECT_THAT(Load("p.csv", "question,id\n\"a, b\",x\nc,y\n", "question"),
              ElementsAre(FieldsAre("x", "a, b"), FieldsAre("y", "c")));
  EXPECT_THAT(Load("p.jsonl", R"({"question": "q", "answer": "a"})", "question"),
              ElementsAre(FieldsAre("1", "q")));
}

TEST_F(PromptFileTest, BattlesAreRecognisedByTheirColumns) {
  EXPECT_THAT(Load("votes.csv",
                   "id,model_a,model_b,prompt,winner_model_a,winner_model_b,winner_tie\n"
                   "9,a,b,\"[\"\"first\"\", \"\"last\"\"]\",1,0,0\n"),
              ElementsAre(FieldsAre("9", "last")));
  EXPECT_THAT(Load("b.jsonl", R"({"prompt": "p", "model_a": "a", "model_b": "b", "winner": "tie"})"
                              "\n"
                              R"({"id": "q/1", "model_a": "a", "model_b": "b", "winner": "tie"})"),
              ElementsAre(FieldsAre("1", "p")));
}

TEST_F(PromptFileTest, NamesFileLineAndWhatIsWrong) {
  EXPECT_THAT(Refusal("p.txt", "one\n{\"text\": 1}\n"), EndsWith("p.txt:2: key 'prompt': missing"));
  EXPECT_THAT(Refusal("p.txt", "one\n\n{\"pro"), EndsWith("p.txt:3: not JSON, at byte 6"));
  EXPECT_THAT(Refusal("p.txt", "one\ncaf\xE9\n"), EndsWith("p.txt:2: not valid UTF-8"));
  EXPECT_THAT(Refusal("p.jsonl", "{\"messages\": 1}"),
              EndsWith("p.jsonl:1: key 'messages': not a list"));
  EXPECT_THAT(Refusal("p.jsonl", "{\"messages\": []}"), EndsWith("no message of the role 'user'"));
  EXPECT_THAT(Refusal("p.csv", "question\nx\n"), EndsWith("p.csv:1: there is no column 'prompt'"));
  EXPECT_THAT(Refusal("s.outcomes.csv", "id,model,score\n"),
              EndsWith("the prompts are in *.queries.jsonl"));
  EXPECT_EQ(LoadPrompts(folder_.path() / "missing.txt").error().code, ErrorCode::kIo);
}

TEST_F(PromptFileTest, AFolderStandsForItsFilesOfPrompts) {
  folder_.Write("b.queries.jsonl", "");
  folder_.WriteGzip("a.battles.csv.gz", "");
  folder_.Write("a.outcomes.csv", "");
  EXPECT_THAT(*FindPromptFiles(folder_.path()),
              ElementsAre(folder_.path() / "a.battles.csv.gz", folder_.path() / "b.queries.jsonl"));
  EXPECT_THAT(*FindPromptFiles("p.txt"), ElementsAre("p.txt"));
  const TestFolder empty;
  EXPECT_EQ(FindPromptFiles(empty.path()).error().code, ErrorCode::kInvalidData);
}

}  // namespace
}  // namespace routellm::data
