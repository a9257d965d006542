#include "evidence/embeddings_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace routellm::evidence {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(EmbeddingsApiTest, AsksForEachText) {
  const std::vector<std::string_view> texts{"a \"b\"", "c\n"};
  EXPECT_EQ(EmbeddingsBody("m", 0, texts), R"({"model":"m","input":["a \"b\"","c\u000a"]})");
  EXPECT_EQ(EmbeddingsBody("m", 8, std::vector<std::string_view>{"a"}),
            R"({"model":"m","input":["a"],"dimensions":8})");
}

TEST(EmbeddingsApiTest, RowsGoByTheirIndex) {
  const auto matrix = ReadEmbeddings(
      R"({"object":"list","data":[{"index":1,"embedding":[3,-4e-1]},{"embedding":[1,2],"index":0}],
          "usage":{}})",
      2, 2);
  ASSERT_TRUE(matrix) << matrix.error().ToString();
  EXPECT_EQ(matrix->rows, 2U);
  EXPECT_EQ(matrix->columns, 2U);
  EXPECT_THAT(matrix->values, ElementsAre(1.0F, 2.0F, 3.0F, -0.4F));
}

TEST(EmbeddingsApiTest, AnUnknownDimensionIsThatOfTheVectors) {
  const auto matrix = ReadEmbeddings(R"({"data":[{"index":0,"embedding":[1,2,3]}]})", 1, 0);
  ASSERT_TRUE(matrix);
  EXPECT_EQ(matrix->columns, 3U);
}

TEST(EmbeddingsApiTest, RefusesWhatIsNoListOfEmbeddings) {
  const auto detail = [](const std::string& body) {
    const auto matrix = ReadEmbeddings(body, 2, 2);
    EXPECT_FALSE(matrix) << body;
    if (matrix) return std::string();
    EXPECT_EQ(matrix.error().code, ErrorCode::kInvalidData);
    return matrix.error().detail;
  };
  EXPECT_EQ(detail(""), "not JSON");
  EXPECT_EQ(detail("{"), "not JSON");
  EXPECT_EQ(detail("[]"), "it has no `data`");
  EXPECT_EQ(detail(R"({"data":{}})"), "it has no `data`");
  EXPECT_EQ(detail(R"({"data":[{"index":0,"embedding":[1,2]}]})"), "1 vectors for 2 texts");
  const auto second = [](const std::string& item) {
    return R"({"data":[{"index":0,"embedding":[1,2]},)" + item + "]}";
  };
  EXPECT_EQ(detail(second(R"({"embedding":[1,2]})")), "a vector has no index");
  EXPECT_EQ(detail(second("7")), "a vector has no index");
  for (const char* index : {"0", "2"}) {
    EXPECT_THAT(detail(second(std::string(R"({"index":)") + index + R"(,"embedding":[1,2]})")),
                HasSubstr("out of range, or given twice"));
  }
  EXPECT_EQ(detail(second(R"({"index":-1,"embedding":[1,2]})")), "a vector has no index");
  EXPECT_EQ(detail(second(R"({"index":1,"embedding":"AAAA"})")), "there is no list of numbers");
  EXPECT_EQ(detail(second(R"({"index":1,"embedding":[1]})")), "a vector has 1 numbers, not 2");
  EXPECT_EQ(detail(second(R"({"index":1,"embedding":[1,2,3]})")), "a vector has 3 numbers, not 2");
  EXPECT_EQ(detail(second(R"({"index":1,"embedding":[1,null]})")),
            "a vector holds what is no number");
  EXPECT_EQ(detail(second(R"({"index":1,"embedding":[1,1e300]})")),
            "a vector holds a number that is not finite");
}

TEST(EmbeddingsApiTest, VectorsOfOneAnswerAreAlike) {
  const auto matrix = ReadEmbeddings(
      R"({"data":[{"index":0,"embedding":[1,2]},{"index":1,"embedding":[1]}]})", 2, 0);
  ASSERT_FALSE(matrix);
  EXPECT_FALSE(ReadEmbeddings(R"({"data":[{"index":0,"embedding":[]}]})", 1, 0));
}

}  // namespace
}  // namespace routellm::evidence
