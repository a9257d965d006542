#include "core/win_rate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace routellm {
namespace {

TEST(ThresholdTest, ParsesPlainNumbers) {
  for (const char* text :
       {"0", "1", "0.5", ".25", "0.11593", "1e-3", "1.0", "0.123456789012345678"}) {
    EXPECT_TRUE(Threshold::Parse(text)) << text;
  }
  EXPECT_DOUBLE_EQ(Threshold::Parse("0.11593")->value(), 0.11593);
}

TEST(ThresholdTest, RefusesEverythingElse) {
  for (const char* text :
       {"", "-0.1", "1.1", "nan", "inf", "0.5x", " 0.5", "0x1p-1", "+0.5", "1e9", "0,5"}) {
    const auto threshold = Threshold::Parse(text);
    ASSERT_FALSE(threshold) << text;
    EXPECT_EQ(threshold.error().code, ErrorCode::kInvalidRequest);
  }
}

TEST(StrongShareTest, LiesBetweenNoneAndAll) {
  EXPECT_DOUBLE_EQ(StrongShare::Parse("0.3")->value(), 0.3);
  EXPECT_TRUE(StrongShare::Parse(".5"));
  for (const char* text : {"0", "1", "30", "30%", "-0.3", "nan", "", "half"}) {
    const auto share = StrongShare::Parse(text);
    ASSERT_FALSE(share) << text;
    EXPECT_EQ(share.error().code, ErrorCode::kInvalidRequest);
  }
}

TEST(WinRateTest, ClampsAndTreatsNanAsStrong) {
  EXPECT_EQ(WinRate::Clamped(-1).value(), 0.0);
  EXPECT_EQ(WinRate::Clamped(2).value(), 1.0);
  EXPECT_EQ(WinRate::Clamped(std::numeric_limits<double>::quiet_NaN()).value(), 1.0);
}

TEST(DecideTest, EqualityIsStrong) {
  const Threshold half = *Threshold::Create(0.5);
  EXPECT_EQ(Decide(WinRate::Clamped(0.5), half), Choice::kStrong);
  EXPECT_EQ(Decide(WinRate::Clamped(std::nextafter(0.5, 0.0)), half), Choice::kWeak);
}

}  // namespace
}  // namespace routellm
