#include "embedding/vector_file.h"

#include <gmock/gmock.h>

#include <limits>

#include "core/testing/temporary_folder.h"
#include "data/safetensors.h"

namespace routellm::embedding {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;

class VectorFileTest : public testing::Test {
 protected:
  template <typename T>
  std::string Save(data::Dtype dtype, const std::vector<std::size_t>& shape,
                   const std::vector<T>& values) const {
    const std::string path = folder_.File("v.safetensors");
    EXPECT_TRUE(data::SaveSafetensors(path, {{"v", {dtype, shape, data::AsBytes(values)}}}, {}));
    return path;
  }

  static std::string Refusal(const std::string& path) {
    const auto vectors = LoadVectors(path);
    return vectors ? "accepted" : vectors.error().ToString();
  }

  TemporaryFolder folder_;
};

TEST_F(VectorFileTest, ReadsRowsOfFloats) {
  const auto single = LoadVectors(Save<float>(data::Dtype::kF32, {2, 3}, {1, 2, 3, 4, 5, 6}));
  ASSERT_TRUE(single) << single.error().ToString();
  EXPECT_EQ(single->rows, 2U);
  EXPECT_THAT(single->Row(1), ElementsAre(4, 5, 6));
  EXPECT_THAT(LoadVectors(Save<double>(data::Dtype::kF64, {1, 2}, {0.5, -1}))->values,
              ElementsAre(0.5F, -1.0F));
  EXPECT_EQ(LoadVectors(Save<float>(data::Dtype::kF32, {0, 3}, {}))->rows, 0U);
}

TEST_F(VectorFileTest, SaysWhatIsWrong) {
  using Limits = std::numeric_limits<float>;
  EXPECT_THAT(Refusal(Save<float>(data::Dtype::kF32, {2, 2}, {1, 2, Limits::quiet_NaN(), 4})),
              EndsWith("v.safetensors: row 1, column 0 is not a finite number"));
  EXPECT_THAT(Refusal(Save<double>(data::Dtype::kF64, {1, 2}, {1, 1e300})),
              EndsWith("row 0, column 1 is not a finite number"));
  EXPECT_THAT(Refusal(Save<float>(data::Dtype::kF32, {2}, {1, 2})),
              EndsWith("has 1 dimensions where vectors need two: rows and columns"));
  EXPECT_THAT(Refusal(Save<float>(data::Dtype::kF32, {2, 0}, {})),
              EndsWith("has vectors without numbers"));
  EXPECT_THAT(Refusal(Save<std::int8_t>(data::Dtype::kI8, {1, 2}, {1, 2})),
              EndsWith("has vectors of type I8, not floats"));
  const std::vector<float> one{1};
  const std::string two = folder_.File("two.safetensors");
  const data::TensorView tensor{data::Dtype::kF32, {1, 1}, data::AsBytes(one)};
  ASSERT_TRUE(data::SaveSafetensors(two, {{"a", tensor}, {"b", tensor}}, {}));
  EXPECT_THAT(Refusal(two), EndsWith("has 2 tensors where one was expected"));
  EXPECT_EQ(LoadVectors(folder_.File("missing.npy")).error().code, ErrorCode::kIo);
}

TEST_F(VectorFileTest, ReadsBackWhatItWrites) {
  const Matrix vectors{2, 3, {1, 2, 3, 4, 5, 6}};
  for (const char* name : {"saved.npy", "saved.safetensors"}) {
    ASSERT_TRUE(SaveVectors(folder_.File(name), vectors, {"some", 3, "7"}));
    const auto loaded = LoadVectors(folder_.File(name));
    ASSERT_TRUE(loaded) << loaded.error().ToString();
    EXPECT_EQ(loaded->columns, 3U);
    EXPECT_EQ(loaded->values, vectors.values);
  }
  const auto file = data::Safetensors::Load(folder_.File("saved.safetensors"));
  EXPECT_EQ(file->metadata().at("revision"), "7");
}

}  // namespace
}  // namespace routellm::embedding
