#include "config/units.h"

#include <gtest/gtest.h>

namespace routellm::config {
namespace {

using std::chrono::milliseconds;

TEST(DurationTest, TakesANumberAndAUnit) {
  EXPECT_EQ(ParseDuration("500ms"), milliseconds(500));
  EXPECT_EQ(ParseDuration("5s"), milliseconds(5'000));
  EXPECT_EQ(ParseDuration("2m"), milliseconds(120'000));
  EXPECT_EQ(ParseDuration("24h"), milliseconds(86'400'000));
  EXPECT_EQ(ParseDuration("0.25s"), milliseconds(250));
  EXPECT_EQ(ParseDuration("0s"), milliseconds(0));
}

TEST(DurationTest, RefusesEverythingElse) {
  for (const char* text : {"", "5", "s", "5 s", "-5s", "+5s", "5S", "5sec", "1e3s", "25h", "1.2.3s",
                           ".5s", "nans", "infs", "99999999999999999999999h"}) {
    EXPECT_EQ(ParseDuration(text), std::nullopt) << text;
  }
}

TEST(SizeTest, TakesBytesAndDecimalAndBinaryUnits) {
  EXPECT_EQ(ParseSize("65536"), 65'536);
  EXPECT_EQ(ParseSize("512B"), 512);
  EXPECT_EQ(ParseSize("2kB"), 2'000);
  EXPECT_EQ(ParseSize("10MB"), 10'000'000);
  EXPECT_EQ(ParseSize("32KiB"), 32'768);
  EXPECT_EQ(ParseSize("1MiB"), 1'048'576);
  EXPECT_EQ(ParseSize("1GiB"), 1'073'741'824);
}

TEST(SizeTest, RefusesEverythingElse) {
  for (const char* text : {"", "KiB", "-1KiB", "1 KiB", "1kib", "1K", "1M", "1.5KiB", "1025GiB",
                           "99999999999999999999999999B"}) {
    EXPECT_EQ(ParseSize(text), std::nullopt) << text;
  }
}

TEST(NumberTest, TakesPlainNumbersOnly) {
  EXPECT_EQ(ParseNumber("2.5"), 2.5);
  EXPECT_EQ(ParseNumber("0"), 0.0);
  for (const char* text : {"", "-1", "inf", "nan", "1x", " 1", "1e999"}) {
    EXPECT_EQ(ParseNumber(text), std::nullopt) << text;
  }
}

TEST(IntegerTest, TakesDigitsOnly) {
  EXPECT_EQ(ParseInteger("18446744073709551615"), UINT64_MAX);
  for (const char* text : {"", "-1", "+1", "1.0", "0x10", "18446744073709551616"}) {
    EXPECT_EQ(ParseInteger(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace routellm::config
