#include "text/word_vectors.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace routellm::text {
namespace {

// Entry i has i + 1 as its first code and 10 as its last, scale 0.5, weight 1 / (i + 1).
WordTable Table(std::vector<std::string> words) {
  WordTable table{.words = std::move(words), .codes = {}, .scales = {}, .weights = {}};
  for (std::size_t i = 0; i < table.words.size(); ++i) {
    table.codes.resize((i + 1) * WordTable::kDimension);
    table.codes[i * WordTable::kDimension] = static_cast<std::int8_t>(i + 1);
    table.codes[(i + 1) * WordTable::kDimension - 1] = 10;
    table.scales.push_back(0.5F);
    table.weights.push_back(1.0F / static_cast<float>(i + 1));
  }
  return table;
}

WordVectors::Vector Mean(const WordVectors& vectors, std::string_view text) {
  std::vector<Word> words;
  SplitWords(text, words);
  return vectors.Mean(words);
}

TEST(WordVectorsTest, FindsItsWordsAndNoOthers) {
  std::vector<std::string> words;
  for (int i = 0; i < 3000; ++i)
    words.push_back(std::string(1, static_cast<char>('a' + i % 26)) + std::to_string(i));
  const auto vectors = WordVectors::Create(Table(words));
  ASSERT_TRUE(vectors);
  for (std::size_t i = 0; i < words.size(); ++i)
    ASSERT_EQ(vectors->Find(HashWord(words[i])), static_cast<std::ptrdiff_t>(i));
  for (int i = 0; i < 3000; ++i)
    ASSERT_EQ(vectors->Find(HashWord("x" + std::to_string(i) + "y")), -1);
}

TEST(WordVectorsTest, TheMeanIsWeighted) {
  const auto vectors = WordVectors::Create(Table({"one", "two"}));
  const auto mean = Mean(*vectors, "One, two and TWO!");
  // Weights 1, 1/2 and 1/2; first numbers 0.5, 1 and 1.
  EXPECT_FLOAT_EQ(mean[0], (1.0F * 0.5F + 0.5F * 1.0F + 0.5F * 1.0F) / 2.0F);
  EXPECT_FLOAT_EQ(mean[WordTable::kDimension - 1], 5.0F);
  EXPECT_FLOAT_EQ(mean[1], 0.0F);
}

TEST(WordVectorsTest, TheMeanOfNoWordsIsZero) {
  const auto vectors = WordVectors::Create(Table({"one"}));
  for (const float value : Mean(*vectors, "nothing known")) EXPECT_EQ(value, 0.0F);
  const auto empty = WordVectors::Create({});
  ASSERT_TRUE(empty);
  for (const float value : Mean(*empty, "one")) EXPECT_EQ(value, 0.0F);
}

TEST(WordVectorsTest, RefusesTablesThatDoNotFit) {
  EXPECT_FALSE(WordVectors::Create(Table({"one", "one"})));
  EXPECT_FALSE(WordVectors::Create(Table({"one", ""})));
  WordTable table = Table({"one", "two"});
  table.codes.pop_back();
  EXPECT_FALSE(WordVectors::Create(table));
  table = Table({"one", "two"});
  table.scales[1] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(WordVectors::Create(table));
  table = Table({"one", "two"});
  table.weights[0] = 0.0F;
  EXPECT_FALSE(WordVectors::Create(table));
}

}  // namespace
}  // namespace routellm::text
