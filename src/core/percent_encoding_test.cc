#include "core/percent_encoding.h"

#include <gtest/gtest.h>

namespace routellm {
namespace {

TEST(PercentDecodedTest, DecodesEscapesAndLeavesTheRest) {
  EXPECT_EQ(PercentDecoded(""), "");
  EXPECT_EQ(PercentDecoded("openai%2Fgpt%2d4o"), "openai/gpt-4o");
  EXPECT_EQ(PercentDecoded("200%0D%0a%00%ff"), std::string("200\r\n\0\xff", 7));
  EXPECT_EQ(PercentDecoded("%41%"), "A%");
  EXPECT_EQ(PercentDecoded("%zz%4z%-1%+1%4"), "%zz%4z%-1%+1%4");
  EXPECT_EQ(PercentDecoded("%2541"), "%41");
}

}  // namespace
}  // namespace routellm
