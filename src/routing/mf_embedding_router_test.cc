#include "routing/mf_embedding_router.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <random>
#include <span>

#include "core/testing/allocations.h"
#include "core/testing/temporary_folder.h"
#include "data/safetensors.h"
#include "routing/registry.h"

namespace routellm::routing {
namespace {

using data::Dtype;
using ::testing::HasSubstr;

std::vector<float> RandomValues(std::uint64_t seed, std::size_t size) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(size);
  for (float& value : values) value = normal(random);
  return values;
}

class MfEmbeddingRouterTest : public testing::Test {
 protected:
  struct File {
    std::size_t models = 3;
    std::size_t d = 4;
    std::size_t projection_rows = 4;
    std::size_t text_dimension = 21;
    std::map<std::string, std::string, std::less<>> metadata{
        {"models", R"(["strong","weak","other"])"},
        {"pair", R"({"strong":"strong","weak":"weak"})"}};
    std::vector<float> vectors = RandomValues(1, 12);
    std::vector<float> projection = RandomValues(2, 84);
    std::vector<float> classifier = RandomValues(3, 4);
  };

  std::string Save(const File& file) const {
    const std::string path = folder_.File("mf.safetensors");
    EXPECT_TRUE(data::SaveSafetensors(
        path,
        {{"P.weight", {Dtype::kF32, {file.models, file.d}, data::AsBytes(file.vectors)}},
         {"text_proj.0.weight",
          {Dtype::kF32,
           {file.projection_rows, file.text_dimension},
           data::AsBytes(file.projection)}},
         {"classifier.0.weight", {Dtype::kF32, {1, file.d}, data::AsBytes(file.classifier)}}},
        file.metadata));
    return path;
  }

  // By the name that users give, from a file.
  Result<std::unique_ptr<const Router>> Make(const File& file, const std::string& strong = "",
                                             const std::string& weak = "") const {
    RouterOptions options;
    options.checkpoint_path = Save(file);
    options.strong_model = strong;
    options.weak_model = weak;
    return MakeRouter("mf", options);
  }

  std::string Refusal(const File& file) const {
    const auto router = Make(file);
    return router ? "accepted" : router.error().ToString();
  }

  TemporaryFolder folder_;
};

// The formula as it stands.
double Reference(const std::vector<float>& vectors, const std::vector<float>& projection,
                 const std::vector<float>& classifier, std::size_t a, std::size_t b,
                 const std::vector<float>& embedding) {
  const std::size_t d = classifier.size();
  const auto unit = [&](std::size_t model, std::size_t i) {
    double squares = 0.0;
    for (std::size_t k = 0; k < d; ++k) squares += std::pow(vectors[model * d + k], 2);
    return vectors[model * d + i] / std::sqrt(squares);
  };
  double logit = 0.0;
  for (std::size_t i = 0; i < d; ++i) {
    double projected = 0.0;
    for (std::size_t j = 0; j < embedding.size(); ++j)
      projected += double{projection[i * embedding.size() + j]} * embedding[j];
    logit += classifier[i] * (unit(a, i) - unit(b, i)) * projected;
  }
  return 1.0 / (1.0 + std::exp(-logit));
}

TEST_F(MfEmbeddingRouterTest, FoldingChangesNothing) {
  const File file;
  const auto router = Make(file);
  ASSERT_TRUE(router) << router.error().ToString();
  EXPECT_EQ((*router)->Info().evidence, EvidenceKind::kEmbedding);
  EXPECT_EQ((*router)->Info().strong_model, "strong");
  const auto other = Make(file, "other", "weak");
  ASSERT_TRUE(other);
  for (std::uint64_t seed = 10; seed < 20; ++seed) {
    const auto e = RandomValues(seed, 21);
    EXPECT_NEAR((*router)->Score({}, std::span(e))->value(),
                Reference(file.vectors, file.projection, file.classifier, 0, 1, e), 1e-6);
    EXPECT_NEAR((*other)->Score({}, std::span(e))->value(),
                Reference(file.vectors, file.projection, file.classifier, 2, 1, e), 1e-6);
  }
}

TEST_F(MfEmbeddingRouterTest, AFileWithoutNamesHasThePublishedOnes) {
  File file;
  file.metadata = {{"format", "pt"}};
  EXPECT_THAT(Refusal(file), HasSubstr("has 3 models but does not name them"));
  file.models = 64;
  file.vectors = RandomValues(4, 256);
  const auto router = Make(file);
  ASSERT_TRUE(router) << router.error().ToString();
  EXPECT_EQ((*router)->Info().strong_model, "gpt-4-1106-preview");
  EXPECT_EQ((*router)->Info().weak_model, "mixtral-8x7b-instruct-v0.1");
  const auto e = RandomValues(5, 21);
  EXPECT_NEAR((*router)->Score({}, std::span(e))->value(),
              Reference(file.vectors, file.projection, file.classifier, 24, 36, e), 1e-6);
}

TEST_F(MfEmbeddingRouterTest, WrongEvidenceIsAnError) {
  const auto router = Make(File());
  ASSERT_TRUE(router);
  auto e = RandomValues(6, 22);
  EXPECT_EQ((*router)->Score({"text"}, {}).error().code, ErrorCode::kInvalidData);
  EXPECT_THAT((*router)->Score({}, std::span(e)).error().public_message,
              HasSubstr("22 dimensions; the router was made for 21"));
  e.pop_back();
  e[3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ((*router)->Score({}, std::span(e)).error().code, ErrorCode::kInvalidData);
}

TEST_F(MfEmbeddingRouterTest, BrokenFilesAreRefused) {
  const auto broken = [&](auto change) {
    File file;
    change(file);
    return Refusal(file);
  };
  EXPECT_THAT(broken([](File& f) { f.vectors[2] = std::nanf(""); }),
              HasSubstr("tensor 'P.weight' holds a value that is not finite"));
  EXPECT_THAT(broken([](File& f) { std::fill_n(f.vectors.begin() + 4, 4, 0.0F); }),
              HasSubstr("zeros for model 'weak'"));
  EXPECT_THAT(broken([](File& f) {
                f.projection_rows = 21;
                f.text_dimension = 4;
              }),
              HasSubstr("do not fit each other"));
  EXPECT_THAT(broken([](File& f) { f.metadata["models"] = R"(["a","b"])"; }),
              HasSubstr("names 2 models for 3 rows"));
  EXPECT_THAT(broken([](File& f) { f.metadata["models"] = R"(["a","b","b"])"; }),
              HasSubstr("distinct"));
  EXPECT_THAT(broken([](File& f) { f.metadata["models"] = "a, b"; }),
              HasSubstr("garbled 'models'"));
  EXPECT_THAT(broken([](File& f) { f.metadata["pair"] = R"({"strong":"x","weak":"weak"})"; }),
              HasSubstr("'x', which is none of its models"));
  EXPECT_THAT(broken([](File& f) { f.metadata.erase("pair"); }), HasSubstr("no default pair"));
  EXPECT_EQ(Make(File(), "absent").error().code, ErrorCode::kInvalidRequest);
}

TEST_F(MfEmbeddingRouterTest, ReadsWhatIsWritten) {
  const File file;
  MfEmbeddingCheckpoint checkpoint{.dimension = 4,
                                   .embedding_dimension = 21,
                                   .projection = file.projection,
                                   .bias = RandomValues(8, 4),
                                   .classifier = file.classifier,
                                   .models = {"strong", "weak", "other"},
                                   .model_vectors = file.vectors,
                                   .strong_model = "strong",
                                   .weak_model = "weak",
                                   .embedder = {"encoder", 21, "r"},
                                   .win_rate_quantiles = {0.1, 0.4, 0.9},
                                   .notes = {{"seed", "1"}}};
  RouterOptions options;
  options.checkpoint_path = folder_.File("saved.safetensors");
  ASSERT_TRUE(SaveMfEmbeddingCheckpoint(checkpoint, options.checkpoint_path));
  const auto router = MakeRouter("mf", options);
  ASSERT_TRUE(router) << router.error().ToString();
  EXPECT_EQ((*router)->Info().embedder, checkpoint.embedder);
  EXPECT_EQ((*router)->Info().win_rate_quantiles, checkpoint.win_rate_quantiles);
  // A bias is one more column of the projection, at a number that is always 1.
  std::vector<float> wider;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto row = std::span(file.projection).subspan(21 * i, 21);
    wider.insert(wider.end(), row.begin(), row.end());
    wider.push_back(checkpoint.bias[i]);
  }
  auto e = RandomValues(9, 21);
  const double win_rate = (*router)->Score({}, std::span(e))->value();
  e.push_back(1.0F);
  EXPECT_NEAR(win_rate, Reference(file.vectors, wider, file.classifier, 0, 1, e), 1e-6);

  options.strong_model = "other";
  EXPECT_TRUE((*MakeRouter("mf", options))->Info().win_rate_quantiles.empty());
  checkpoint.win_rate_quantiles = {0.4, 0.1};
  ASSERT_TRUE(SaveMfEmbeddingCheckpoint(checkpoint, options.checkpoint_path));
  EXPECT_THAT(MakeRouter("mf", options).error().ToString(), HasSubstr("win_rate_percentiles"));
  checkpoint.win_rate_quantiles.clear();
  checkpoint.bias[1] = std::nanf("");
  ASSERT_TRUE(SaveMfEmbeddingCheckpoint(checkpoint, options.checkpoint_path));
  EXPECT_THAT(MakeRouter("mf", options).error().ToString(), HasSubstr("text_proj.0.bias"));
}

TEST_F(MfEmbeddingRouterTest, AllocatesNothing) {
  const auto router = Make(File());
  const auto e = RandomValues(7, 21);
  double sum = 0.0;
  const std::size_t before = AllocationsOfThisThread();
  for (int i = 0; i < 10; ++i) sum += (*router)->Score({}, std::span(e))->value();
  EXPECT_EQ(AllocationsOfThisThread(), before);
  EXPECT_GT(sum, 0.0);
}

}  // namespace
}  // namespace routellm::routing
