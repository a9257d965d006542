#include "embedding/hashed_embedder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numeric>

namespace routellm::embedding {
namespace {

double Dot(std::span<const float> a, std::span<const float> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

double SparseCosine(std::string_view one, std::string_view other) {
  const auto features = *text::HashedFeatures::Create({});
  text::FeatureBag a;
  text::FeatureBag b;
  features.Extract(one, a);
  features.Extract(other, b);
  std::map<std::uint32_t, float> weights;
  for (std::size_t i = 0; i < a.buckets.size(); ++i) weights[a.buckets[i]] = a.weights[i];
  double dot = 0;
  for (std::size_t i = 0; i < b.buckets.size(); ++i) {
    const auto found = weights.find(b.buckets[i]);
    if (found != weights.end()) dot += static_cast<double>(found->second * b.weights[i]);
  }
  return dot;
}

TEST(HashedEmbedderTest, RowsHaveLengthOneAndAreTheSameAloneAndInABatch) {
  const HashedEmbedder embedder;
  const std::string_view texts[] = {"What is the capital of France?", "Bonjour \xF0\x9F\x98\x80",
                                    "x"};
  const Matrix batch = *embedder.Embed(texts);
  ASSERT_EQ(batch.rows, 3U);
  ASSERT_EQ(batch.columns, embedder.identity().dimension);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(Dot(batch.Row(i), batch.Row(i)), 1.0, 1e-6);
    const Matrix alone = *embedder.Embed(std::span(&texts[i], 1));
    EXPECT_TRUE(std::equal(alone.values.begin(), alone.values.end(), batch.Row(i).begin()));
  }
}

TEST(HashedEmbedderTest, CosinesAreThoseOfTheFeatures) {
  const HashedEmbedder embedder;
  const std::string_view texts[] = {
      "A train leaves the station at noon and drives west at forty miles an hour.",
      "A train leaves the station at noon and drives east at forty miles an hour.",
      "Write a haiku about autumn leaves in the style of an old master, please."};
  const Matrix rows = *embedder.Embed(texts);
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = i + 1; j < 3; ++j) {
      const double cosine = SparseCosine(texts[i], texts[j]);
      const double error = (1 - cosine * cosine) / std::sqrt(512.0);
      EXPECT_NEAR(Dot(rows.Row(i), rows.Row(j)), cosine, 4 * error) << i << ' ' << j;
    }
  }
}

TEST(HashedEmbedderTest, ATextWithoutWordsIsZero) {
  const std::string_view texts[] = {"", " \n"};
  const Matrix rows = *HashedEmbedder(64).Embed(texts);
  EXPECT_EQ(rows.values, std::vector<float>(128));
  EXPECT_TRUE(HashedEmbedder().Embed({})->values.empty());
}

TEST(HashedEmbedderTest, TheIdentityTellsDimensionAndRevision) {
  EXPECT_EQ(HashedEmbedder().identity(), HashedEmbedder(512).identity());
  EXPECT_NE(HashedEmbedder().identity(), HashedEmbedder(256).identity());
  // A change of any vector must change the revision, and this number with it.
  EXPECT_EQ(HashedEmbedder().identity().revision, "3.1");
  const std::string_view text = "pinned";
  const Matrix row = *HashedEmbedder(8).Embed({&text, 1});
  EXPECT_NEAR(Dot(row.Row(0), std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8}), -4.6188, 1e-4);
}

}  // namespace
}  // namespace routellm::embedding
