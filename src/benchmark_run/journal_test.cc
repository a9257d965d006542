#include "benchmark_run/journal.h"

#include <gmock/gmock.h>

#include "data/test_files.h"
#include "data/text_file.h"

namespace routellm::benchmark_run {
namespace {

using ::testing::HasSubstr;

const nlohmann::json kProtocol = {{"model", "m"}, {"temperature", 0.0}};

class JournalTest : public testing::Test {
 protected:
  std::unique_ptr<Journal> Open() const {
    auto journal = Journal::Open(path_, kProtocol);
    EXPECT_TRUE(journal) << journal.error().ToString();
    return journal ? std::move(*journal) : nullptr;
  }

  std::string Refusal(const nlohmann::json& protocol = kProtocol) const {
    const auto journal = Journal::Open(path_, protocol);
    return journal ? "accepted" : journal.error().ToString();
  }

  data::TestFolder folder_;
  const std::filesystem::path path_ = folder_.path() / "journal.jsonl";
};

TEST_F(JournalTest, WhatWasAppendedIsFoundAgain) {
  {
    const auto journal = Open();
    ASSERT_TRUE(journal->Append("1", "aa", {"line\n\"one\"", "stop", TokenUsage{7, 3}}));
    ASSERT_TRUE(journal->Append("2", "bb", {"two", "", {}}));
    ASSERT_TRUE(journal->Append("2", "bb", {"better", "length", TokenUsage{1, 2}}));
    EXPECT_EQ(journal->Find("2", "bb")->text, "better");
    EXPECT_EQ(journal->tokens_at_open(), (TokenUsage{}));
  }
  const auto journal = Open();
  const auto one = journal->Find("1", "aa");
  ASSERT_TRUE(one);
  EXPECT_EQ(one->text, "line\n\"one\"");
  EXPECT_EQ(one->usage, (TokenUsage{7, 3}));
  EXPECT_EQ(journal->Find("2", "bb")->finish_reason, "length");
  EXPECT_FALSE(journal->Find("1", "other question"));
  EXPECT_FALSE(journal->Find("3", "aa"));
  EXPECT_EQ(journal->tokens_at_open(), (TokenUsage{8, 5}));
}

TEST_F(JournalTest, ALineThatIsCutOffIsAskedForAgain) {
  ASSERT_TRUE(Open()->Append("1", "aa", {"one", "stop", {}}));
  const auto whole = data::ReadTextFile(path_);
  ASSERT_TRUE(whole);
  for (std::size_t size = 0; size < whole->size(); ++size) {
    folder_.Write("journal.jsonl", whole->substr(0, size));
    const auto journal = Open();
    ASSERT_FALSE(journal->Find("1", "aa")) << size;
    ASSERT_TRUE(journal->Append("1", "aa", {"again", "stop", {}}));
    ASSERT_EQ(Refusal(), "another process is at this run: " + path_.string());
  }
  EXPECT_EQ(Open()->Find("1", "aa")->text, "again");
}

TEST_F(JournalTest, OtherSettingsAreRefusedAndNamed) {
  Open();
  EXPECT_THAT(Refusal({{"model", "m"}, {"temperature", 0.7}, {"shots", 8}}),
              HasSubstr("shots (null there, 8 now), temperature (0.0 there, 0.7 now)"));
  EXPECT_EQ(Refusal(), "accepted");
}

TEST_F(JournalTest, AGarbledOneIsRefusedByLine) {
  folder_.Write("journal.jsonl", "{\"no\": \"journal\"}\n");
  EXPECT_THAT(Refusal(), HasSubstr("journal.jsonl:1: key 'journal'"));
  folder_.Write("journal.jsonl", "");
  Open();
  const auto header = data::ReadTextFile(path_);
  folder_.Write("journal.jsonl", *header + "{\"id\": 1}\n");
  EXPECT_THAT(Refusal(), HasSubstr("journal.jsonl:2: key 'id': not a string"));
  folder_.Write("journal.jsonl", *header + "garbage\n{}\n");
  EXPECT_THAT(Refusal(), HasSubstr("journal.jsonl:2: not JSON"));
}

}  // namespace
}  // namespace routellm::benchmark_run
