#include "training/bert_head_trainer.h"

#include <gmock/gmock.h>

#include <cmath>
#include <string>
#include <vector>

#include "data/test_files.h"
#include "embedding/encoder_embedder.h"
#include "embedding/sequence_classifier.h"
#include "training/classifier_folder.h"
#include "training/random.h"

namespace routellm::training {
namespace {
namespace fs = std::filesystem;

using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::Pointwise;

constexpr std::size_t kColumns = 8;

struct Material {
  std::vector<PairExample> examples;
  embedding::Matrix vectors;
};

// Where the first number is large the strong model wins, where it is small the weak one; in between
// they tie.
Material Learnable(std::size_t count) {
  Material material;
  material.vectors = {count, kColumns, {}};
  Random random({7});
  for (std::uint32_t i = 0; i < count; ++i) {
    for (std::size_t k = 0; k < kColumns; ++k)
      material.vectors.values.push_back(2.0F * random.Uniform() - 1.0F);
    const float first = material.vectors.Row(i)[0];
    PairExample example{.query = i, .group = i};
    (first > 0.3F ? example.wins : first < -0.3F ? example.losses : example.ties) = 1.0F;
    example.strong = example.wins + 0.5F * example.ties;
    example.weak = 1.0F - example.strong;
    material.examples.push_back(example);
  }
  return material;
}

bool GoOn(std::size_t /*epoch*/, double /*loss*/) { return true; }

TEST(BertHeadTrainerTest, LearnsWhatVectorsTell) {
  const Material material = Learnable(1500);
  const auto training =
      TrainBertHead(material.examples, material.vectors, {.learning_rate = 1e-2}, GoOn);
  ASSERT_TRUE(training) << training.error().ToString();
  EXPECT_LT(training->held_out.loss, 0.5 * training->held_out.constant_loss);
  EXPECT_GT(training->held_out.win_rate.auc, 0.95);
  EXPECT_GT(training->validation.win_rate.queries, 100U);
  EXPECT_NEAR(static_cast<double>(training->training), 1200, 80);
}

TEST(BertHeadTrainerTest, TheSeedDecides) {
  const Material material = Learnable(200);
  const auto train = [&](std::uint64_t seed) {
    return TrainBertHead(material.examples, material.vectors, {.epochs = 3, .seed = seed}, GoOn)
        ->head.dense;
  };
  EXPECT_EQ(train(1), train(1));
  EXPECT_NE(train(1), train(2));
}

TEST(BertHeadTrainerTest, StopsWithoutProgressAndWhenAsked) {
  Material material = Learnable(400);
  Random random({9});  // labels that no vector tells
  for (PairExample& example : material.examples) {
    const bool win = random.Uniform() < 0.5F;
    example = {.query = example.query,
               .group = example.group,
               .strong = win ? 1.0F : 0.0F,
               .weak = win ? 0.0F : 1.0F,
               .wins = win ? 1.0F : 0.0F,
               .losses = win ? 0.0F : 1.0F};
  }
  std::size_t epochs = 0;
  const auto count = [&](std::size_t epoch, double) {
    epochs = epoch;
    return true;
  };
  const BertHeadOptions options{.learning_rate = 1e-2, .epochs = 500, .patience = 4};
  const auto training = TrainBertHead(material.examples, material.vectors, options, count);
  ASSERT_TRUE(training) << training.error().ToString();
  EXPECT_EQ(epochs, training->epochs + 4);
  EXPECT_LT(epochs, 500U);
  const auto once = TrainBertHead(material.examples, material.vectors, options,
                                  [](std::size_t, double) { return false; });
  EXPECT_EQ(once->epochs, 1U);
}

TEST(BertHeadTrainerTest, RefusesTooLittle) {
  const Material material = Learnable(20);
  const auto training = TrainBertHead(material.examples, material.vectors, {}, GoOn);
  ASSERT_FALSE(training);
  EXPECT_THAT(training.error().ToString(), HasSubstr("too little to train on: 20"));
}

class ClassifierFolderTest : public testing::TestWithParam<const char*> {
 protected:
  static BertHead SomeHead(std::size_t hidden) {
    Random random({3});
    const auto fill = [&](std::size_t size) {
      std::vector<float> values(size);
      for (float& value : values) value = random.Uniform() - 0.5F;
      return values;
    };
    return {hidden, fill(hidden * hidden), fill(hidden), fill(3 * hidden), fill(3)};
  }
};

TEST_P(ClassifierFolderTest, IsAClassifierOfTheEncodersFirstToken) {
  const data::TestFolder folder;
  const fs::path source = fs::path(ROUTELLM_REFERENCE) / GetParam();
  const fs::path out = folder.path() / "made";
  const BertHead head = SomeHead(32);
  const auto saved = SaveClassifier(source, head, 40, {{"sources", "here"}}, out);
  ASSERT_TRUE(saved) << saved.error().ToString();
  const auto classifier = embedding::SequenceClassifier::Load(out, 3, embedding::Precision::kFloat);
  ASSERT_TRUE(classifier) << classifier.error().ToString();
  const auto encoder = embedding::EncoderEmbedder::Load(source, {.first_token = true});
  const std::string_view text = "Which of these numbers is prime?";
  const auto vector = encoder->Embed({&text, 1});
  std::vector<float> dense = head.dense_bias;
  for (std::size_t i = 0; i < 32; ++i) {
    for (std::size_t k = 0; k < 32; ++k) dense[i] += head.dense[i * 32 + k] * vector->values[k];
    dense[i] = std::tanh(dense[i]);
  }
  std::vector<float> logits = head.labels_bias;
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t k = 0; k < 32; ++k) logits[i] += head.labels[i * 32 + k] * dense[k];
  }
  EXPECT_THAT(classifier->Embed({&text, 1})->values, Pointwise(FloatNear(1e-4F), logits));
  EXPECT_FALSE(fs::exists(out.string() + ".partial"));
  const auto again = SaveClassifier(source, head, 40, {}, out);
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().ToString(), HasSubstr("exists already"));
}

TEST_P(ClassifierFolderTest, RefusesAHeadOfAnotherLength) {
  const data::TestFolder folder;
  const fs::path out = folder.path() / "made";
  const auto saved =
      SaveClassifier(fs::path(ROUTELLM_REFERENCE) / GetParam(), SomeHead(16), 40, {}, out);
  ASSERT_FALSE(saved);
  EXPECT_THAT(saved.error().ToString(), HasSubstr("config.json: hidden_size is 32"));
  EXPECT_FALSE(fs::exists(out));
  EXPECT_FALSE(fs::exists(out.string() + ".partial"));
}

INSTANTIATE_TEST_SUITE_P(Families, ClassifierFolderTest,
                         testing::Values("bert/model", "xlm_roberta/model"));

}  // namespace
}  // namespace routellm::training
