#include "data/dataset.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "data/test_files.h"

namespace routellm::data {
namespace {

const char* const kQueries =
    "{\"id\": \"q/1\", \"prompt\": \"one\", \"task\": \"math\"}\n"
    "{\"id\": \"q/2\", \"prompt\": \"two\"}\n"
    "\n"
    "{\"id\": \"q/3\", \"prompt\": \"three\", \"task\": \"math\"}\n";

std::string ErrorOf(const DataPaths& paths) {
  const auto dataset = LoadDataset(paths);
  if (dataset) return "no error";
  EXPECT_EQ(dataset.error().code, ErrorCode::kInvalidData);
  return dataset.error().detail;
}

std::uint32_t GroupOf(const Dataset& dataset, std::string_view id) {
  const auto query = std::find_if(dataset.queries.begin(), dataset.queries.end(),
                                  [&](const DataQuery& candidate) { return candidate.id == id; });
  return query == dataset.queries.end() ? UINT32_MAX : query->group;
}

std::string LastPart(const std::string& detail) { return detail.substr(detail.rfind('/') + 1); }

TEST(LoadDatasetTest, ReadsAFolderOfOutcomes) {
  const TestFolder folder;
  folder.WriteGzip("src.queries.jsonl.gz", kQueries);
  folder.Write("src.outcomes.csv", "id,model,score,cost\nq/1,a,1,0.1\nq/1,b,0.5,0.1\nq/3,a,0,0\n");
  folder.Write("models.csv", "this is not read\"");
  const auto dataset = LoadDataset({{folder.path()}, {}});
  ASSERT_TRUE(dataset) << dataset.error().ToString();
  EXPECT_EQ(dataset->sources, std::vector<std::string>{"src"});
  EXPECT_EQ(dataset->tasks, (std::vector<std::string>{"src/math", "src"}));
  EXPECT_EQ(dataset->models, (std::vector<std::string>{"a", "b"}));
  ASSERT_EQ(dataset->queries.size(), 3U);
  EXPECT_EQ(dataset->queries[2].prompt, "three");
  EXPECT_EQ(dataset->queries[1].task, 1U);
  ASSERT_EQ(dataset->outcomes.size(), 3U);
  EXPECT_EQ(dataset->outcomes[1].model, 1U);
  EXPECT_EQ(dataset->outcomes[1].score, 0.5F);
  EXPECT_EQ(dataset->outcomes[2].query, 2U);
  EXPECT_EQ(dataset->group_count, 3U);
}

TEST(LoadDatasetTest, BattlesReplaceTheOutcomesThatRestateThem) {
  const TestFolder folder;
  folder.Write("src.queries.jsonl", kQueries);
  folder.Write("src.outcomes.csv", "id,model,score\nq/1,a,1\nq/1,b,0\nq/2,a,1\nq/2,b,0\n");
  folder.Write("src.battles.csv",
               "id,model_a,model_b,winner,weight,sampled_for\n"
               "q/1,a,b,model_a,3,left_win|self_los_b\nq/1,b,a,tie,,self_win_ab|verbo_win\n");
  const auto dataset = LoadDataset({{folder.path()}, {folder.path()}});
  ASSERT_TRUE(dataset) << dataset.error().ToString();
  EXPECT_EQ(dataset->queries.size(), 3U);
  ASSERT_EQ(dataset->battles.size(), 2U);
  EXPECT_EQ(dataset->battles[0].a_wins, 1.0F);
  EXPECT_EQ(dataset->battles[0].weight, 3.0F);
  EXPECT_FALSE(dataset->battles[0].sampled_for_a);
  EXPECT_TRUE(dataset->battles[0].sampled_for_b);
  EXPECT_EQ(dataset->battles[1].a_wins, 0.5F);
  EXPECT_EQ(dataset->battles[1].weight, 1.0F);
  EXPECT_FALSE(dataset->battles[1].sampled_for_a);
  EXPECT_FALSE(dataset->battles[1].sampled_for_b);
  ASSERT_EQ(dataset->outcomes.size(), 2U);
  EXPECT_EQ(dataset->outcomes[0].query, 1U);
}

TEST(LoadDatasetTest, ReadsChatbotArenaColumns) {
  const TestFolder folder;
  const auto file =
      folder.Write("arena.csv",
                   "id,model_a,model_b,prompt,response_a,response_b,winner_model_a,winner_model_b,"
                   "winner_tie\n"
                   "7,x,y,\"[\"\"first\"\",\"\"second, \\u00e9\"\"]\",r,r,0,1,0\n"
                   "8,y,x,\"[\"\"only\"\",null]\",r,r,0,0,1\n");
  const auto dataset = LoadDataset({{}, {file}});
  ASSERT_TRUE(dataset) << dataset.error().ToString();
  ASSERT_EQ(dataset->queries.size(), 2U);
  EXPECT_EQ(dataset->queries[0].prompt, "second, \u00e9");
  EXPECT_EQ(dataset->queries[1].prompt, "only");
  EXPECT_EQ(dataset->battles[0].a_wins, 0.0F);
  EXPECT_EQ(dataset->battles[1].a_wins, 0.5F);
}

TEST(LoadDatasetTest, ReadsBattlesWithPromptsAsCsvAndJsonLines) {
  const TestFolder folder;
  folder.Write(
      "a.battles.csv",
      "prompt,model_a,model_b,winner\n\"[1, 2] is a list\",x,y,model_a\nhi,x,y,tie (bothbad)\n");
  folder.Write("b.battles.jsonl",
               "{\"prompt\": \"hi\", \"model_a\": \"x\", \"model_b\": \"z\", \"winner\": "
               "\"model_b\", \"weight\": 2}\n"
               "{\"prompt\": [\"u1\", \"u2\"], \"model_a\": \"x\", \"model_b\": \"z\", "
               "\"winner_model_a\": 1, "
               "\"winner_model_b\": 0, \"winner_tie\": 0}\n");
  const auto dataset = LoadDataset({{}, {folder.path()}});
  ASSERT_TRUE(dataset) << dataset.error().ToString();
  ASSERT_EQ(dataset->queries.size(), 4U);
  EXPECT_EQ(dataset->queries[0].prompt, "[1, 2] is a list");
  EXPECT_EQ(dataset->queries[3].prompt, "u2");
  EXPECT_EQ(dataset->battles[2].weight, 2.0F);
  EXPECT_EQ(dataset->queries[1].group, dataset->queries[2].group) << "the same prompt";
  EXPECT_EQ(dataset->group_count, 3U);
}

TEST(LoadDatasetTest, ScoresBecomeOutcomesBesideTheReference) {
  const TestFolder folder;
  folder.Write("src.queries.jsonl", kQueries);
  folder.Write("src.scores.csv", "id,model,score\nq/1,,4\nq/2,weak,1\nq/2,strong,3\n");
  folder.WriteGzip("chat.scores.jsonl.gz", "{\"prompt\": \"four\", \"score\": 2.5}\n");
  const ScoredModels models{.scored = "weak", .reference = "strong"};
  const auto dataset = LoadDataset({{}, {}, {folder.path()}, models});
  ASSERT_TRUE(dataset) << dataset.error().ToString();
  std::map<std::pair<std::string, std::string>, float> scores;
  for (const Outcome& outcome : dataset->outcomes) {
    const bool added = scores
                           .emplace(std::pair(dataset->queries[outcome.query].prompt,
                                              dataset->models[outcome.model]),
                                    outcome.score)
                           .second;
    EXPECT_TRUE(added);
  }
  using Scores = std::map<std::pair<std::string, std::string>, float>;
  EXPECT_EQ(scores, (Scores{{{"one", "weak"}, 0.75F},
                            {{"one", "strong"}, 1.0F},
                            {{"two", "weak"}, 0.0F},
                            {{"two", "strong"}, 0.5F},
                            {{"four", "weak"}, 0.375F},
                            {{"four", "strong"}, 1.0F}}));
}

TEST(LoadDatasetTest, UnusableScoresNameFileLineAndColumn) {
  const TestFolder folder;
  folder.Write("src.queries.jsonl", kQueries);
  const auto error = [&](const std::string& text, const ScoredModels& models) {
    return LastPart(ErrorOf({{}, {}, {folder.Write("src.scores.csv", text)}, models}));
  };
  const ScoredModels models{.scored = "weak", .reference = "strong"};
  for (const char* score : {"0.5", "5.5", "nan", "good", "-1", "4 "}) {
    EXPECT_EQ(error("id,score\nq/1," + std::string(score) + "\n", models),
              "src.scores.csv:2: column 'score': '" + std::string(score) +
                  "' is not a number from 1 to 5");
  }
  EXPECT_EQ(error("id,score\nq/1,\n", models), "src.scores.csv:2: column 'score': empty");
  EXPECT_EQ(error("id,score\nq/9,4\n", models),
            "src.scores.csv:2: column 'id': no query has this id");
  EXPECT_EQ(error("prompt,score\n,4\n", models),
            "src.scores.csv:2: column 'prompt': missing, and there is no id either");
  EXPECT_EQ(error("id,model,score\nq/1,,4\n", {}), "src.scores.csv:2: column 'model': missing");
}

TEST(LoadDatasetTest, GroupsFilesJoinQueriesAcrossFiles) {
  const TestFolder one;
  const TestFolder two;
  one.Write("one.queries.jsonl", kQueries);
  one.Write("one.outcomes.csv", "id,model,score\nq/1,a,1\nq/1,b,0\n");
  one.Write("same_stem_groups.csv", "group,id\n0,q/1\n0,q/2\n");
  two.Write("two.queries.jsonl",
            "{\"id\": \"r/1\", \"prompt\": \"other\"}\n{\"id\": \"r/2\", \"prompt\": \"alone\"}\n");
  two.Write("two.outcomes.csv", "id,model,score\nr/1,a,1\n");
  two.Write("same_prompt_groups.csv", "group,id\n0,q/2\n0,r/1\n1,r/2\n1,not-loaded\n");
  const auto dataset = LoadDataset({{one.path(), two.path()}, {}});
  ASSERT_TRUE(dataset) << dataset.error().ToString();
  EXPECT_EQ(dataset->group_count, 3U);
  EXPECT_EQ(GroupOf(*dataset, "q/1"), GroupOf(*dataset, "q/2"));
  EXPECT_EQ(GroupOf(*dataset, "q/1"), GroupOf(*dataset, "r/1"));
  EXPECT_NE(GroupOf(*dataset, "q/1"), GroupOf(*dataset, "q/3"));
}

TEST(LoadDatasetTest, AFileNamedTwiceIsReadOnce) {
  const TestFolder folder;
  folder.Write("s.queries.jsonl", kQueries);
  const auto file = folder.Write("s.outcomes.csv", "id,model,score\nq/1,a,1\nq/1,b,0\n");
  const auto dataset = LoadDataset({{folder.path(), file}, {}});
  ASSERT_TRUE(dataset);
  EXPECT_EQ(dataset->outcomes.size(), 2U);
}

TEST(LoadDatasetTest, UnusableOutcomesNameFileLineAndColumn) {
  const TestFolder folder;
  folder.Write("s.queries.jsonl", kQueries);
  const auto error_of = [&](const char* outcomes) {
    folder.Write("s.outcomes.csv", outcomes);
    return LastPart(ErrorOf({{folder.path()}, {}}));
  };
  EXPECT_EQ(error_of("id,model\nq1,a\n"), "s.outcomes.csv:1: there is no column 'score'");
  EXPECT_EQ(error_of("id,model,score\nq/1,a,1\nq/1,b,nan\n"),
            "s.outcomes.csv:3: column 'score': 'nan' is not a number from 0 to 1");
  EXPECT_EQ(error_of("id,model,score\nq/1,a,1.01\n"),
            "s.outcomes.csv:2: column 'score': '1.01' is not a number from 0 to 1");
  EXPECT_EQ(error_of("id,model,score\nq9,a,1\n"),
            "s.outcomes.csv:2: column 'id': no query has this id");
  EXPECT_EQ(error_of("id,model,score\nq/1,,1\n"), "s.outcomes.csv:2: column 'model': empty");
  EXPECT_EQ(error_of("id,model,score\n"), "neither an outcome nor a battle was found");
}

TEST(LoadDatasetTest, UnusableBattlesNameFileLineAndColumn) {
  const TestFolder folder;
  const auto error_of = [&](const char* battles) {
    return LastPart(ErrorOf({{}, {folder.Write("b.battles.csv", battles)}}));
  };
  EXPECT_EQ(error_of("prompt,model_a,model_b,winner\np,x,y,model_c\n"),
            "b.battles.csv:2: column 'winner': 'model_c' is not one of model_a, model_b, tie, tie "
            "(bothbad)");
  EXPECT_EQ(error_of("prompt,model_a,model_b\np,x,y\n"),
            "b.battles.csv:1: there is no column 'winner'");
  EXPECT_EQ(error_of("id,model_a,model_b,winner\n1,x,y,tie\n"),
            "b.battles.csv:2: column 'id': no query has this id");
  EXPECT_EQ(error_of("prompt,model_a,model_b,winner\np,x,x,tie\n"),
            "b.battles.csv:2: column 'model_b': the same model as model_a");
  EXPECT_EQ(error_of("prompt,model_a,model_b,winner,weight\np,x,y,tie,-1\n"),
            "b.battles.csv:2: column 'weight': '-1' is not a number above 0, at most a million");
  EXPECT_EQ(error_of("prompt,model_a,model_b,winner_model_a,winner_model_b,winner_tie\n\"["
                     "\"\"p\"\"]\",x,y,1,1,0\n"),
            "b.battles.csv:2: column 'winner_model_b': more than one winner");
  EXPECT_EQ(
      error_of(
          "prompt,model_a,model_b,winner_model_a,winner_model_b,winner_tie\nplain,x,y,1,0,0\n"),
      "b.battles.csv:2: column 'prompt': not a JSON list with a turn that is text");
}

TEST(LoadDatasetTest, UnusableQueriesNameFileAndLine) {
  const TestFolder folder;
  folder.Write("s.outcomes.csv", "id,model,score\nq/1,a,1\n");
  const auto error_of = [&](const char* queries) {
    folder.Write("s.queries.jsonl", queries);
    return LastPart(ErrorOf({{folder.path()}, {}}));
  };
  EXPECT_EQ(error_of("{\"id\": \"1\", \"prompt\": \"p\"}\n{\"id\": \n"),
            "s.queries.jsonl:2: not JSON, at byte 8");
  EXPECT_EQ(error_of("[1]\n"), "s.queries.jsonl:1: a JSON object was expected");
  EXPECT_EQ(error_of("{\"id\": 1, \"prompt\": \"p\"}\n"),
            "s.queries.jsonl:1: key 'id': not a string");
  EXPECT_EQ(error_of("{\"id\": \"1\"}\n"), "s.queries.jsonl:1: key 'prompt': missing");
  EXPECT_EQ(error_of("{\"id\": \"1\", \"prompt\": \"p\"}\n{\"id\": \"1\", \"prompt\": \"q\"}\n"),
            "s.queries.jsonl:2: key 'id': an earlier query has this id and another prompt");
  EXPECT_EQ(error_of("{\"id\": \"1\", \"prompt\": \"\xff\"}\n").substr(0, 27),
            "s.queries.jsonl:1: not JSON");
}

TEST(LoadDatasetTest, PathsMustExistAndHoldWhatTheyAreFor) {
  const TestFolder folder;
  EXPECT_EQ(LoadDataset({{folder.path() / "none"}, {}}).error().code, ErrorCode::kIo);
  folder.Write("s.queries.jsonl", kQueries);
  EXPECT_NE(ErrorOf({{folder.path()}, {}}).find("no *.outcomes.csv"), std::string::npos);
  EXPECT_NE(ErrorOf({{}, {folder.path()}}).find("no *.battles.csv"), std::string::npos);
}

}  // namespace
}  // namespace routellm::data
