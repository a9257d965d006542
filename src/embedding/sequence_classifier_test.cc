#include "embedding/sequence_classifier.h"

#include <gmock/gmock.h>

#include <cmath>
#include <fstream>

#include <nlohmann/json.hpp>

#include "data/safetensors.h"
#include "data/test_files.h"
#include "embedding/encoder_embedder.h"

namespace routellm::embedding {
namespace {
namespace fs = std::filesystem;

using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::Pointwise;
using Json = nlohmann::json;

struct Expected {
  std::vector<std::string> texts;
  std::vector<std::vector<float>> logits;

  [[nodiscard]] std::vector<std::string_view> Views() const { return {texts.begin(), texts.end()}; }
};

// The probability of the first label of three.
double FirstLabel(std::span<const float> logits) {
  double sum = 0;
  for (const float x : logits) sum += std::exp(static_cast<double>(x - logits[0]));
  return 1 / sum;
}

// Of each family; see make_xlm_roberta.py.
class SequenceClassifierTest : public testing::TestWithParam<const char*> {
 protected:
  static fs::path Folder() { return fs::path(ROUTELLM_REFERENCE) / GetParam(); }

  static Expected ReadExpected() {
    Expected expected;
    std::ifstream in(Folder() / "logits.jsonl");
    for (std::string line; std::getline(in, line);) {
      const Json json = Json::parse(line);
      expected.texts.push_back(json["text"]);
      expected.logits.push_back(json["logits"]);
    }
    return expected;
  }
};

TEST_P(SequenceClassifierTest, GivesTheReferencesLogits) {
  const auto classifier = SequenceClassifier::Load(Folder() / "model", 3, Precision::kFloat);
  ASSERT_TRUE(classifier) << classifier.error().ToString();
  EXPECT_EQ(classifier->identity().dimension, 3U);
  const Expected expected = ReadExpected();
  ASSERT_GE(expected.texts.size(), 40U);
  const auto logits = classifier->Embed(expected.Views());
  ASSERT_TRUE(logits) << logits.error().ToString();
  for (std::size_t i = 0; i < logits->rows; ++i) {
    EXPECT_THAT(logits->Row(i), Pointwise(FloatNear(1e-4F), expected.logits[i]))
        << expected.texts[i];
  }
}

TEST_P(SequenceClassifierTest, EightBitsMoveNoWinRateByMoreThanAHundredth) {
  const auto classifier = SequenceClassifier::Load(Folder() / "model", 3, Precision::kInt8);
  ASSERT_TRUE(classifier) << classifier.error().ToString();
  const Expected expected = ReadExpected();
  const auto logits = classifier->Embed(expected.Views());
  ASSERT_TRUE(logits) << logits.error().ToString();
  double most = 0;
  for (std::size_t i = 0; i < logits->rows; ++i) {
    const double moved = FirstLabel(logits->Row(i)) - FirstLabel(expected.logits[i]);
    most = std::max(most, std::abs(moved));
    EXPECT_NEAR(moved, 0, 0.01) << expected.texts[i];
  }
  EXPECT_GT(most, 1e-6);  // it was in 8 bits
}

TEST_P(SequenceClassifierTest, RefusesOtherHeads) {
  const auto other = SequenceClassifier::Load(Folder() / "model", 2, Precision::kFloat);
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().ToString(), HasSubstr("model.safetensors: tensor 'classifier."));
  const auto none =
      SequenceClassifier::Load(ROUTELLM_REFERENCE "/bert/model", 3, Precision::kFloat);
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().ToString(), HasSubstr("has no tensor 'pooler.dense.weight'"));
}

INSTANTIATE_TEST_SUITE_P(Families, SequenceClassifierTest,
                         testing::Values("bert_classifier", "xlm_roberta"));

// The cosines between vectors of eight bits and of floats.
TEST(EightBitEncoderTest, VectorsPointTheSameWay) {
  const fs::path folder = ROUTELLM_REFERENCE "/bert/model";
  const auto floats = EncoderEmbedder::Load(folder);
  const auto bytes = EncoderEmbedder::Load(folder, {.precision = Precision::kInt8});
  ASSERT_TRUE(floats && bytes);
  EXPECT_EQ(bytes->identity().revision, floats->identity().revision + ".int8");
  const std::vector<std::string_view> texts{"Which number is prime?", "", "naïve café 中文 🍕"};
  const auto a = floats->Embed(texts);
  const auto b = bytes->Embed(texts);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    double cosine = 0;  // rows have length 1
    for (std::size_t k = 0; k < a->columns; ++k)
      cosine += static_cast<double>(a->Row(i)[k] * b->Row(i)[k]);
    EXPECT_GT(cosine, 0.99);
    EXPECT_LT(cosine, 1 - 1e-9);
  }
}

TEST(FirstTokenTest, IsTakenWhateverTheFolderSays) {
  const fs::path folder = ROUTELLM_REFERENCE "/bert/model";
  const auto embedder = EncoderEmbedder::Load(folder, {.first_token = true});
  ASSERT_TRUE(embedder) << embedder.error().ToString();
  std::ifstream in(ROUTELLM_REFERENCE "/bert/embeddings.jsonl");
  std::string line;
  ASSERT_TRUE(std::getline(in, line));
  const Json expected = Json::parse(line);
  const auto text = expected["text"].get<std::string>();
  const std::string_view view = text;
  EXPECT_THAT(embedder->Embed({&view, 1})->values,
              Pointwise(FloatNear(1e-4F), expected["cls"].get<std::vector<float>>()));
  EXPECT_THAT(embedder->identity().revision, testing::EndsWith(".first"));
}

}  // namespace
}  // namespace routellm::embedding
