#include "training/prompt_kernel.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <string>

#include "routing/testing/random_checkpoint.h"
#include "training/random.h"

namespace routellm::training {
namespace {

constexpr KernelMix kMix{0.4, 0.3, 0.5, 0.2};
constexpr Eigen::Index kDimension = 6;  // of the embeddings

LabelFeatures MakeFeatures(std::size_t count) {
  const char* const words[] = {"prove", "capital", "france", "return", "sum", "of", "the", "seven"};
  Random random({5});
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) {
    std::string& text = texts.emplace_back();
    for (std::uint32_t w = 0; w < 5 + random.Below(8); ++w)
      text.append(words[random.Below(8)]).append(w % 4 == 3 ? "? " : " ");
  }
  const std::vector<std::string_view> prompts(texts.begin(), texts.end());
  return *ExtractLabelFeatures(routing::RandomMfCheckpoint(3), {1.0, -0.5}, prompts);
}

void AddEmbeddings(LabelFeatures& features) {
  Random random({6});
  features.embedder = {"some", kDimension, "1"};
  features.embeddings.resize(kDimension, static_cast<Eigen::Index>(features.size()));
  for (double& value : features.embeddings.reshaped()) value = double{random.Uniform()} - 0.3;
  features.embeddings.colwise().normalize();
}

std::vector<float> EmbeddingAt(const LabelFeatures& features, std::size_t row) {
  const auto column = features.embeddings.col(static_cast<Eigen::Index>(row));
  return {column.begin(), column.end()};
}

Vector RandomVector(std::size_t size, std::uint64_t seed) {
  Random random({seed});
  Vector vector(static_cast<Eigen::Index>(size));
  for (double& value : vector) value = double{random.Uniform()} - 0.5;
  return vector;
}

std::vector<std::uint32_t> Rows(std::size_t first, std::size_t count) {
  std::vector<std::uint32_t> rows(count);
  std::iota(rows.begin(), rows.end(), static_cast<std::uint32_t>(first));
  return rows;
}

// Of the hashed features times their inverse document frequencies.
Matrix Cosines(const LabelFeatures& features, const std::vector<float>& idf) {
  Matrix scaled = Matrix::Zero(static_cast<Eigen::Index>(idf.size()),
                               static_cast<Eigen::Index>(features.size()));
  for (std::size_t row = 0; row < features.size(); ++row) {
    const text::FeatureBag& bag = features.words[row];
    for (std::size_t i = 0; i < bag.buckets.size(); ++i) {
      scaled(bag.buckets[i], static_cast<Eigen::Index>(row)) =
          double{idf[bag.buckets[i]]} * bag.weights[i];
    }
  }
  scaled.colwise().normalize();
  return scaled.transpose() * scaled;
}

// The contexts of all prompts by the definition, learnt from the first `count`.
Matrix Contexts(const LabelFeatures& features, Eigen::Index count) {
  const auto standardised = [&](Matrix values, double added) {
    const Vector mean = values.leftCols(count).rowwise().mean();
    values.colwise() -= mean;
    const Vector deviations =
        (values.leftCols(count).rowwise().squaredNorm() / double(count)).cwiseSqrt();
    return Matrix((deviations.array() + added).inverse().matrix().asDiagonal() * values /
                  std::sqrt(double(values.rows())));
  };
  const Matrix columns =
      standardised(features.columns.topRows(Eigen::Index{routing::kBaseColumns}), 0.05);
  Matrix embeddings = features.embeddings;
  if (embeddings.rows() > 0) {
    const Vector mean = embeddings.leftCols(count).rowwise().mean();
    embeddings.colwise() -= mean;
    embeddings /= std::sqrt(embeddings.leftCols(count).squaredNorm() / double(count));
  }
  Matrix inputs(columns.rows() + embeddings.rows(), columns.cols());
  inputs << columns, embeddings;
  const Matrix directions = Eigen::BDCSVD<Matrix>(inputs.leftCols(count), Eigen::ComputeThinU)
                                .matrixU()
                                .leftCols(Eigen::Index{routing::ContextFunction::kSize});
  return (directions.transpose() * inputs).colwise().normalized();
}

Matrix WordsKernel(const Matrix& cosines, const Matrix& contexts) {
  return cosines.array() * (1.0 + (contexts.transpose() * contexts).array()) / 2.0;
}

TEST(PromptKernelTest, KernelsAreAsDefined) {
  const LabelFeatures features = MakeFeatures(30);
  const PromptKernel kernel(features, Rows(0, 30));
  const KernelMatrices kernels = kernel.Matrices();
  const Matrix cosines = Cosines(features, kernel.ZeroFunction().idf);
  EXPECT_NEAR((kernels.words - WordsKernel(cosines, Contexts(features, 30))).norm(), 0.0, 1e-4);
  EXPECT_NEAR(kernels.columns.colwise().sum().norm(), 0.0, 1e-9);
  EXPECT_NEAR(kernels.difficulty.trace() / 30.0, 1.0, 0.05);
  EXPECT_NEAR(kernels.difficulty.colwise().sum().norm(), 0.0, 1e-9);
  const Matrix centre = Matrix::Identity(30, 30).array() - 1.0 / 30.0;
  const Matrix centred = centre * cosines * centre;
  const Matrix squared = centred * centred;
  EXPECT_NEAR((kernels.topics - squared / (squared.trace() / 30.0)).norm(), 0.0, 1e-5);
  EXPECT_GT(kernels.topics(0, 0), 0.0);
}

TEST(PromptKernelTest, MultipliesAndSolvesWithoutTheMatrix) {
  const LabelFeatures features = MakeFeatures(40);
  const PromptKernel kernel(features, Rows(0, 40));
  const Matrix mixed = kernel.Matrices().Mixed(kMix);
  const Vector vector = RandomVector(40, 1);
  EXPECT_NEAR((kernel.Multiply(kMix, vector) - mixed * vector).norm(), 0.0, 1e-4);
  const Matrix noisy = mixed + 0.5 * Matrix::Identity(40, 40);
  EXPECT_NEAR((noisy * kernel.Solve(kMix, 0.5, vector) - vector).norm(), 0.0, 1e-4);
}

TEST(PromptKernelTest, TheFunctionIsTheKernelOnPromptsSeenAndUnseen) {
  const LabelFeatures features = MakeFeatures(50);
  const Vector coefficients = RandomVector(40, 2);
  const PromptKernel kernel(features, Rows(0, 40));
  routing::OwnLabels function = kernel.ZeroFunction();
  kernel.AddTo(kMix, coefficients, function);
  const Vector seen = kernel.Matrices().Mixed(kMix) * coefficients;
  for (std::size_t row = 0; row < 40; ++row) {
    EXPECT_NEAR(function.Term(ColumnsAt(features, row), features.words[row], {}),
                seen[static_cast<Eigen::Index>(row)], 1e-4);
  }
  // The words kernel alone of an unseen prompt, by the definition.
  routing::OwnLabels words = kernel.ZeroFunction();
  kernel.AddTo({.words = 1.0}, coefficients, words);
  const Matrix expected = WordsKernel(Cosines(features, words.idf), Contexts(features, 40));
  EXPECT_NEAR(words.Term(ColumnsAt(features, 45), features.words[45], {}),
              expected.row(45).head(40).dot(coefficients), 1e-4);
}

TEST(PromptKernelTest, LearnsFromEmbeddingsToo) {
  LabelFeatures features = MakeFeatures(50);
  AddEmbeddings(features);
  const PromptKernel kernel(features, Rows(0, 40));
  const KernelMatrices kernels = kernel.Matrices();
  EXPECT_NEAR(kernels.embedding.trace() / 40.0, 1.0, 1e-9);
  EXPECT_NEAR(kernels.embedding.colwise().sum().norm(), 0.0, 1e-9);

  KernelMix mix = kMix;
  mix.embedding = 0.6;
  const Vector coefficients = RandomVector(40, 2);
  const Vector expected = kernels.Mixed(mix) * coefficients;
  EXPECT_NEAR((kernel.Multiply(mix, coefficients) - expected).norm(), 0.0, 1e-4);
  routing::OwnLabels function = kernel.ZeroFunction();
  ASSERT_TRUE(function.embedding);
  EXPECT_EQ(function.embedding->embedder, features.embedder);
  kernel.AddTo(mix, coefficients, function);
  for (std::size_t row = 0; row < 40; ++row) {
    std::vector<float> embedding = EmbeddingAt(features, row);
    for (float& value : embedding) value *= 7.0F;  // the length does not count
    EXPECT_NEAR(function.Term(ColumnsAt(features, row), features.words[row], embedding),
                expected[static_cast<Eigen::Index>(row)], 1e-4);
  }
  // Of an unseen prompt, by the definition.
  routing::OwnLabels words = kernel.ZeroFunction();
  kernel.AddTo({.words = 1.0}, coefficients, words);
  const Matrix by_words = WordsKernel(Cosines(features, words.idf), Contexts(features, 40));
  EXPECT_NEAR(words.Term(ColumnsAt(features, 45), features.words[45], EmbeddingAt(features, 45)),
              by_words.row(45).head(40).dot(coefficients), 1e-4);
  routing::OwnLabels alone = kernel.ZeroFunction();
  kernel.AddTo({.embedding = 1.0}, coefficients, alone);
  const auto seen = features.embeddings.leftCols(40);
  const Vector mean = seen.rowwise().mean();
  const Matrix centred = seen.colwise() - mean;
  const Vector unseen = features.embeddings.col(45) - mean;
  EXPECT_NEAR(alone.Term(ColumnsAt(features, 45), features.words[45], EmbeddingAt(features, 45)),
              unseen.dot(Vector(centred * coefficients)) / (centred.squaredNorm() / 40.0), 1e-4);
}

TEST(PromptKernelTest, PromptsWithoutWordsAreHarmless) {
  const std::vector<std::string_view> prompts{"", "  ", "a word", ""};
  const auto features = ExtractLabelFeatures(routing::RandomMfCheckpoint(3), {1.0, -0.5}, prompts);
  const PromptKernel kernel(*features, Rows(0, 4));
  EXPECT_TRUE(kernel.Matrices().Mixed(kMix).allFinite());
  EXPECT_TRUE(kernel.Solve(kMix, 1.0, RandomVector(4, 3)).allFinite());
}

}  // namespace
}  // namespace routellm::training
