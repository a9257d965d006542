#include "data/benchmark.h"

#include <fmt/core.h>
#include <gmock/gmock.h>

#include "data/test_files.h"

namespace routellm::data {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

class BenchmarkTest : public testing::Test {
 protected:
  BenchmarkTest() {
    for (const char* name : {"gsm8k", "mmlu/responses", "mt_bench"}) {
      std::filesystem::create_directories(folder_.path() / name);
    }
    folder_.Write("gsm8k/contaminated_prompts.jsonl", R"({"eval_prompt": "seen, before"})");
    folder_.Write("mmlu/contaminated_prompts.jsonl", R"({"eval_prompt": "q7"})");
    folder_.Write("mt_bench/contaminated_prompts.jsonl", R"({"eval_prompt": "second of 2"})");
  }

  std::string Refusal(std::string_view name) const {
    const auto benchmark = LoadBenchmark(name, folder_.path());
    return benchmark ? "accepted" : benchmark.error().ToString();
  }

  std::string RefusedExam(std::string_view text) const {
    folder_.Write("gsm8k/gsm8k_responses.csv", text);
    return Refusal("gsm8k");
  }

  void WriteMtBench(std::string_view judgements) const {
    std::string questions;
    for (int id = 1; id <= 3; ++id) {
      questions +=
          fmt::format(R"({{"question_id": {0}, "turns": ["first of {0}", "second of {0}"]}})"
                      "\n",
                      id);
    }
    folder_.Write("mt_bench/question.jsonl", questions);
    folder_.Write("mt_bench/judgements.jsonl", judgements);
  }

  static std::string Judgement(int id, int turn, double score) {
    return fmt::format(R"({{"question_id": {}, "turn": {}, "model": "m", "score": {}}})"
                       "\n",
                       id, turn, score);
  }

  TestFolder folder_;
};

TEST_F(BenchmarkTest, AnExamIsReadWithoutItsContaminatedPrompts) {
  folder_.Write("gsm8k/gsm8k_responses.csv",
                "prompt,a,b,a_response,b_response\n"
                "\"one\nline\",True,False,x,y\n"
                "\"seen, before\",True,True,x,y\n"
                "two,False,False,x,y\n");
  const auto exam = LoadBenchmark("gsm8k", folder_.path());
  ASSERT_TRUE(exam) << exam.error().ToString();
  EXPECT_THAT(exam->prompts, ElementsAre("one\nline", "two"));
  EXPECT_EQ(exam->contaminated, 1U);
  ASSERT_EQ(exam->models.size(), 2U);
  EXPECT_THAT((*exam->Find("a"))->scores, ElementsAre(1, 0));
  EXPECT_THAT((*exam->Find("b"))->scores, ElementsAre(0, 0));
  const auto unknown = exam->Find("c");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kModelNotFound);
  EXPECT_THAT(unknown.error().public_message, EndsWith("there are: a, b"));
}

TEST_F(BenchmarkTest, NamesFileLineAndColumnOfWhatIsWrongInAnExam) {
  EXPECT_THAT(RefusedExam("question,a\nx,True\n"),
              EndsWith("gsm8k_responses.csv:1: there is no column 'prompt'"));
  EXPECT_THAT(RefusedExam("prompt,a\nx,True\ny,yes\n"),
              EndsWith("gsm8k_responses.csv:3: column 'a': 'yes' is neither True nor False"));
  EXPECT_THAT(RefusedExam("prompt,a\nx,True\n,True\n"),
              EndsWith("gsm8k_responses.csv:3: column 'prompt': empty"));
  EXPECT_THAT(RefusedExam("prompt,a\ncaf\xE9,True\n"),
              EndsWith("gsm8k_responses.csv:2: column 'prompt': not valid UTF-8"));
  EXPECT_THAT(RefusedExam("prompt,a\n"), HasSubstr("without prompts"));
  EXPECT_THAT(RefusedExam("prompt\nx\n"), HasSubstr("without prompts or models"));
}

TEST_F(BenchmarkTest, SubjectsAreReadInTheOrderOfTheirNames) {
  for (int i = 56; i >= 0; --i) {
    folder_.Write(fmt::format("mmlu/responses/mmlu_s{:02}.csv", i),
                  fmt::format("prompt,a\nq{},{}\n", i, i % 2 == 0 ? "True" : "False"));
  }
  const auto exam = LoadBenchmark("mmlu", folder_.path());
  ASSERT_TRUE(exam) << exam.error().ToString();
  ASSERT_EQ(exam->prompts.size(), 56U);
  EXPECT_EQ(exam->prompts[6], "q6");
  EXPECT_EQ(exam->prompts[7], "q8");
  EXPECT_EQ(exam->models[0].scores[7], 1);

  folder_.Write("mmlu/responses/mmlu_s30.csv", "prompt,b\nq,True\n");
  EXPECT_THAT(Refusal("mmlu"), EndsWith("mmlu_s30.csv:1: there is no column 'a'"));
  std::filesystem::remove(folder_.path() / "mmlu/responses/mmlu_s30.csv");
  EXPECT_THAT(Refusal("mmlu"), HasSubstr("56 files"));
}

TEST_F(BenchmarkTest, BothTurnsAreAveragedAndEitherMayBeContaminated) {
  WriteMtBench(Judgement(1, 1, 7) + Judgement(3, 2, 10) + Judgement(2, 1, 1) + Judgement(1, 2, 8) +
               Judgement(3, 1, 1));
  const auto bench = LoadBenchmark("mt-bench", folder_.path());
  ASSERT_TRUE(bench) << bench.error().ToString();
  EXPECT_THAT(bench->prompts, ElementsAre("first of 1", "first of 3"));
  EXPECT_EQ(bench->contaminated, 1U);
  EXPECT_THAT((*bench->Find("m"))->scores, ElementsAre(7.5, 5.5));
}

TEST_F(BenchmarkTest, OtherListsLeaveOutMoreAndTheOwnListCanBeIgnored) {
  std::string judgements;
  for (int id = 1; id <= 3; ++id) judgements += Judgement(id, 1, 5) + Judgement(id, 2, 5);
  WriteMtBench(judgements);
  const auto more = folder_.Write("more.jsonl", "{\"eval_prompt\": \"first of 3\"}\n");
  const auto fewer = LoadBenchmark("mt-bench", folder_.path(), {.more_lists = {more}});
  ASSERT_TRUE(fewer) << fewer.error().ToString();
  EXPECT_THAT(fewer->prompts, ElementsAre("first of 1"));
  EXPECT_EQ(fewer->contaminated, 2U);
  const auto all = LoadBenchmark("mt-bench", folder_.path(), {.own_list = false, .more_lists = {}});
  ASSERT_TRUE(all) << all.error().ToString();
  EXPECT_THAT(all->prompts, ElementsAre("first of 1", "first of 2", "first of 3"));
  EXPECT_THAT(all->second_turns, ElementsAre("second of 1", "second of 2", "second of 3"));
  const auto missing = LoadBenchmark("mt-bench", folder_.path(), {.more_lists = {"missing"}});
  EXPECT_EQ(missing.error().code, ErrorCode::kIo);
}

TEST_F(BenchmarkTest, NamesWhatIsWrongInJudgements) {
  WriteMtBench(Judgement(1, 1, 7) + Judgement(1, 2, 8) + Judgement(3, 1, 9));
  EXPECT_THAT(Refusal("mt-bench"),
              EndsWith("judgements.jsonl: no judgement of m for question 3, turn 2"));
  WriteMtBench(Judgement(1, 1, 7) + Judgement(1, 1, 8));
  EXPECT_THAT(Refusal("mt-bench"), HasSubstr("judgements.jsonl:2: key 'turn': a second judgement"));
  WriteMtBench(Judgement(9, 1, 7));
  EXPECT_THAT(Refusal("mt-bench"), EndsWith(":1: key 'question_id': no question 9"));
  WriteMtBench(Judgement(1, 3, 7));
  EXPECT_THAT(Refusal("mt-bench"), EndsWith(":1: key 'turn': 3 is not 1 or 2"));
  WriteMtBench(Judgement(1, 1, -1));
  EXPECT_THAT(Refusal("mt-bench"), EndsWith(":1: key 'score': -1 is not from 1 to 10"));
}

TEST_F(BenchmarkTest, APartialOneSaysSo) {
  folder_.Write("gsm8k/gsm8k_responses.csv", "prompt,a\none,True\n\"seen, before\",True\n");
  folder_.Write("gsm8k/partial.json", R"({"questions": 1319})");
  EXPECT_EQ(LoadBenchmark("gsm8k", folder_.path())->name, "gsm8k (partial: 2 of 1319 questions)");
  folder_.Write("gsm8k/partial.json", R"({"questions": "many"})");
  EXPECT_THAT(Refusal("gsm8k"), EndsWith("partial.json:1: key 'questions': a number was expected"));
}

TEST_F(BenchmarkTest, ThereAreOtherErrors) {
  EXPECT_EQ(LoadBenchmark("arc", folder_.path()).error().code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(LoadBenchmark("gsm8k", folder_.path()).error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace routellm::data
