#include "routing/mf_pair.h"

#include <gtest/gtest.h>

#include <cmath>

namespace routellm::routing {
namespace {

const std::vector<std::string> kNames{"a", "b", "c"};
const std::vector<float> kVectors{3, 4, 0, 2, -1, 0};
const std::vector<float> kClassifier{10, 100};

TEST(MfPairTest, IsTheDifferenceOfUnitVectorsTimesTheClassifier) {
  const MfModels models{kNames, kVectors, kClassifier, "a", "b"};
  const auto pair = MakeMfPair(models, "", "");
  ASSERT_TRUE(pair);
  EXPECT_TRUE(pair->is_default);
  EXPECT_NEAR(pair->direction[0], 10 * 0.6, 1e-6);
  EXPECT_NEAR(pair->direction[1], 100 * (0.8 - 1.0), 1e-6);
  const auto other = MakeMfPair(models, "", "c");
  ASSERT_TRUE(other);
  EXPECT_FALSE(other->is_default);
  EXPECT_EQ(other->weak_model, "c");
  EXPECT_NEAR(other->direction[0], 10 * (0.6 + 1.0), 1e-6);
}

TEST(MfPairTest, RefusesPairsThatAreNone) {
  const MfModels models{kNames, kVectors, kClassifier, {}, {}};
  EXPECT_EQ(MakeMfPair(models, "", "").error().code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(MakeMfPair(models, "a", "").error().code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(MakeMfPair(models, "a", "a").error().code, ErrorCode::kInvalidRequest);
  EXPECT_EQ(MakeMfPair(models, "a", "d").error().code, ErrorCode::kInvalidRequest);
  EXPECT_TRUE(MakeMfPair(models, "a", "c"));
}

TEST(MfPairTest, FindsModels) {
  EXPECT_EQ(*FindModel(kNames, "c"), 2U);
  EXPECT_EQ(FindModel(kNames, "d").error().code, ErrorCode::kInvalidRequest);
}

}  // namespace
}  // namespace routellm::routing
