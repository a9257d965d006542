#include "embedding/partial_vectors.h"

#include <gmock/gmock.h>

#include <fstream>
#include <vector>

#include "data/test_files.h"

namespace routellm::embedding {
namespace {
namespace fs = std::filesystem;

using ::testing::ElementsAre;

class PartialVectorsTest : public testing::Test {
 protected:
  [[nodiscard]] Matrix Opened(const std::vector<std::string_view>& texts,
                              const EmbedderIdentity& identity) const {
    const auto partial = PartialVectors::Open(file_, texts, identity);
    EXPECT_TRUE(partial) << partial.error().ToString();
    return partial ? partial->vectors() : Matrix{};
  }

  data::TestFolder folder_;
  const fs::path file_ = folder_.path() / "out.npy.partial";
  const EmbedderIdentity identity_{"encoder", 2, "r"};
  const std::vector<std::string_view> texts_{"a", "bc", "d"};
};

TEST_F(PartialVectorsTest, GoesOnWhereItEnded) {
  {
    auto partial = PartialVectors::Open(file_, texts_, identity_);
    ASSERT_TRUE(partial) << partial.error().ToString();
    EXPECT_EQ(partial->vectors().rows, 0U);
    ASSERT_TRUE(partial->Append({2, 2, {1, 2, 3, 4}}));
  }
  std::ofstream(file_, std::ios::app) << "cut";
  auto partial = PartialVectors::Open(file_, texts_, identity_);
  ASSERT_TRUE(partial) << partial.error().ToString();
  EXPECT_EQ(partial->vectors().rows, 2U);
  ASSERT_TRUE(partial->Append({1, 2, {5, 6}}));
  EXPECT_THAT(partial->vectors().values, ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(Opened(texts_, identity_).values, ElementsAre(1, 2, 3, 4, 5, 6));
  partial->Remove();
  EXPECT_FALSE(fs::exists(file_));
}

TEST_F(PartialVectorsTest, BeginsAnewForAnythingElse) {
  const auto fill = [&] {
    fs::remove(file_);
    ASSERT_TRUE(PartialVectors::Open(file_, texts_, identity_)->Append({1, 2, {1, 2}}));
  };
  fill();
  EXPECT_EQ(Opened({"ab", "c", "d"}, identity_).rows, 0U);
  fill();
  EXPECT_EQ(Opened({"a", "bc"}, identity_).rows, 0U);
  fill();
  EXPECT_EQ(Opened(texts_, {"encoder", 2, "other"}).rows, 0U);
  fill();
  EXPECT_EQ(Opened(texts_, {"encoder", 1, "r"}).rows, 0U);
  fill();
  EXPECT_EQ(Opened(texts_, identity_).rows, 1U);
  std::ofstream(file_) << "something else";
  EXPECT_EQ(Opened(texts_, identity_).rows, 0U);
}

TEST_F(PartialVectorsTest, SaysThatItCannotWrite) {
  const auto partial = PartialVectors::Open(folder_.path() / "no" / "x", texts_, identity_);
  ASSERT_FALSE(partial);
  EXPECT_EQ(partial.error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace routellm::embedding
