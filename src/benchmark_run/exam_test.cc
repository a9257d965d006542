#include "benchmark_run/exam.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "benchmark_run/exam_results.h"
#include "benchmark_run/relabel.h"
#include "data/benchmark.h"
#include "data/test_files.h"

namespace routellm::benchmark_run {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

class ExamTest : public testing::Test {
 protected:
  ExamTest() {
    for (const char* name : {"gsm8k", "mmlu/responses", "mmlu/test", "mmlu/dev"}) {
      std::filesystem::create_directories(folder_.path() / name);
    }
    folder_.Write("gsm8k/contaminated_prompts.jsonl", "");
    folder_.Write("gsm8k/train.jsonl", Problem("1 and 1?", "#### 2") + Problem("test 1", "#### 5") +
                                           Problem("2 and 2?", "So\n#### 4"));
    folder_.Write("gsm8k/test.jsonl", Problem("test 0", "#### 1,000") +
                                          Problem("test 1", "#### 5") +
                                          Problem("test 2", "#### -3"));
    folder_.Write("gsm8k/gsm8k_responses.csv",
                  "prompt,a,a_response\ntest 0,False,$1000.00\ntest 1,True,5\ntest 2,True,3\n");
    folder_.Write("mmlu/test/art_test.csv", "q,None,1,2,3,A\nq,x,y,z,None,D\nq,x,y,z,None,D\n");
    folder_.Write("mmlu/dev/art_dev.csv", "dev,5,6,7,8,B\n\"dev, 2\",5,6,7,8,C\n");
    folder_.Write("mmlu/responses/mmlu_art.csv",
                  "prompt,a\n\"q\nA. x\nB. y\nC. z\nD. nan\nAnswer:\",True\n"
                  "\"q\nA. nan\nB. 1\nC. 2\nD. 3\nAnswer:\",True\n"
                  "\"q\nA. x\nB. y\nC. z\nD. nan\nAnswer:\",False\n");
  }

  static std::string Problem(std::string_view question, std::string_view answer) {
    return nlohmann::json({{"question", question}, {"answer", answer}}).dump() + "\n";
  }

  data::TestFolder folder_;
};

TEST_F(ExamTest, WordProblemsAreAskedBehindExamplesThatAreNotInTheTest) {
  const auto exam = LoadGsm8k(folder_.path(), 2);
  ASSERT_TRUE(exam) << exam.error().ToString();
  const auto& questions = exam->files.at(0).questions;
  ASSERT_EQ(questions.size(), 3U);
  EXPECT_EQ(questions[1].message,
            "Question: 1 and 1?\nAnswer: #### 2\n\nQuestion: 2 and 2?\nAnswer: So\n#### 4\n\n"
            "Question: test 1\nAnswer:");
  EXPECT_EQ(questions[0].expected, "1000");
  EXPECT_EQ(questions[2].expected, "-3");
  EXPECT_EQ(exam->read(questions[0], "It is $1,000.00."), "1000");
  EXPECT_THAT(LoadGsm8k(folder_.path(), 3).error().ToString(), HasSubstr("too few examples"));
}

TEST_F(ExamTest, WhatDoesNotFitTogetherIsNamed) {
  folder_.Write("gsm8k/gsm8k_responses.csv", "prompt,a\nnever heard of,True\n");
  EXPECT_THAT(LoadGsm8k(folder_.path(), 0).error().ToString(),
              EndsWith("gsm8k_responses.csv: 'never heard of'"));
  folder_.Write("gsm8k/test.jsonl", Problem("test 0", "none"));
  EXPECT_THAT(LoadGsm8k(folder_.path(), 0).error().ToString(),
              EndsWith("test.jsonl:1: key 'answer': there is no number in it"));
  folder_.Write("mmlu/test/art_test.csv", "q,None,1,2,3,A\nq,1,2,3,4,E\n");
  EXPECT_THAT(LoadMmlu(folder_.path(), folder_.path() / "mmlu", 0, {}).error().ToString(),
              EndsWith("art_test.csv:2: column 'answer': 'E' is not a letter from A to D"));
  folder_.Write("mmlu/test/art_test.csv", "q,None,1,2,3,A\n");
  EXPECT_THAT(LoadMmlu(folder_.path(), folder_.path() / "mmlu", 0, {}).error().ToString(),
              HasSubstr("a prompt is not in MMLU's test split"));
}

TEST_F(ExamTest, ChoicesAreAskedAsMmluHasThem) {
  const auto exam = LoadMmlu(folder_.path(), folder_.path() / "mmlu", 1, {});
  ASSERT_TRUE(exam) << exam.error().ToString();
  const auto& questions = exam->files.at(0).questions;
  ASSERT_EQ(questions.size(), 3U);
  EXPECT_THAT(questions[0].message, EndsWith("dev\nA. 5\nB. 6\nC. 7\nD. 8\nAnswer: B\n\n"
                                             "q\nA. x\nB. y\nC. z\nD. None\nAnswer:"));
  EXPECT_EQ(questions[0].id, "art/1");
  EXPECT_EQ(questions[1].id, "art/0");
  EXPECT_EQ(questions[2].id, "art/2");
  EXPECT_EQ(questions[1].expected, "A");
  EXPECT_EQ(exam->read(questions[0], "(D) None"), "D");
  EXPECT_EQ(exam->read(questions[0], "none"), "D");
  EXPECT_EQ(LoadMmlu(folder_.path(), folder_.path() / "mmlu", 1, {"music"}).error().code,
            ErrorCode::kInvalidRequest);
  EXPECT_THAT(LoadMmlu(folder_.path(), folder_.path() / "mmlu", 3, {}).error().ToString(),
              HasSubstr("too few examples"));
}

TEST_F(ExamTest, ACopyWithANumberedKeyIsReadTheSame) {
  const auto digest = [&] {
    const auto exam = LoadMmlu(folder_.path(), folder_.path() / "mmlu", 2, {});
    return exam ? exam->shots_digest : exam.error().ToString();
  };
  const std::string letters = digest();
  folder_.Write("mmlu/dev/art_dev.csv",
                "question,choice0,choice1,choice2,choice3,answer\n"
                "dev,5,6,7,8,1\n\"dev, 2\",5,6,7,8,2\n");
  EXPECT_EQ(digest(), letters);
}

TEST_F(ExamTest, GradedAnswersStandBesideThoseOfOtherModels) {
  const auto exam = LoadGsm8k(folder_.path(), 0);
  ASSERT_TRUE(exam);
  const ExamGrades grades = GradeExam(*exam, "mine", {{"0", "say, \"1000\""}, {"2", "no idea"}});
  EXPECT_EQ(grades.questions, 2U);
  EXPECT_EQ(grades.right, 1U);
  EXPECT_EQ(grades.unread, 1U);
  const auto out = folder_.path() / "out";
  ASSERT_TRUE(WriteBenchmarkFiles(folder_.path(), out, "gsm8k", grades.files));
  const auto benchmark = data::LoadBenchmark("gsm8k", out);
  ASSERT_TRUE(benchmark) << benchmark.error().ToString();
  EXPECT_THAT(benchmark->prompts, ElementsAre("test 0", "test 2"));
  EXPECT_THAT((*benchmark->Find("mine"))->scores, ElementsAre(1, 0));
  EXPECT_THAT((*benchmark->Find("a"))->scores, ElementsAre(0, 1));
  EXPECT_TRUE(std::filesystem::exists(out / "gsm8k/train.jsonl"));
}

TEST_F(ExamTest, AnswersAreRelabelledByExactNumbers) {
  const auto relabelling = RelabelGsm8k(folder_.path());
  ASSERT_TRUE(relabelling) << relabelling.error().ToString();
  ASSERT_EQ(relabelling->models.size(), 1U);
  EXPECT_EQ(relabelling->models[0].right_before, 2U);
  EXPECT_EQ(relabelling->models[0].right_now, 2U);
  ASSERT_EQ(relabelling->changes.size(), 2U);
  EXPECT_EQ(relabelling->changes[0].row, 1U);
  EXPECT_TRUE(relabelling->changes[0].now_right);
  EXPECT_EQ(relabelling->changes[1].said, "3");
  EXPECT_EQ(relabelling->table.rows[2][1], "False");
}

}  // namespace
}  // namespace routellm::benchmark_run
