#include "text/utf8.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace routellm::text {
namespace {

TEST(DecodeUtf8Test, DecodesEachLength) {
  EXPECT_EQ(DecodeUtf8("a").code_point, U'a');
  EXPECT_EQ(DecodeUtf8("é").code_point, U'é');
  EXPECT_EQ(DecodeUtf8("中").code_point, U'中');
  EXPECT_EQ(DecodeUtf8("😀").code_point, U'😀');
  EXPECT_EQ(DecodeUtf8("😀x").bytes, 4u);
}

TEST(DecodeUtf8Test, AnInvalidByteCountsOne) {
  for (const std::string_view bytes :
       {"\x80", "\xC3", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF",
        "\xE4\xB8", "\xC3(", "\xF0\x80\x80\x80", "\xF8\x88\x80\x80\x80"}) {
    EXPECT_EQ(DecodeUtf8(bytes).code_point, kReplacement);
    EXPECT_EQ(DecodeUtf8(bytes).bytes, 1u);
    EXPECT_FALSE(IsValidUtf8(bytes));
    EXPECT_FALSE(IsValidUtf8("longer than a word " + std::string(bytes)));
  }
  EXPECT_TRUE(IsValidUtf8("naïve 中文 😀 and \xEF\xBF\xBD itself"));
  EXPECT_TRUE(IsValidUtf8(""));
}

TEST(SanitizeUtf8Test, ReplacesInvalidBytesOnly) {
  EXPECT_EQ(SanitizeUtf8("aé中😀"), "aé中😀");
  EXPECT_EQ(SanitizeUtf8("a\xFF\xC3"), "a\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(TruncateUtf8Test, NeverSplitsACharacter) {
  const std::string text = "aé中😀z";  // 1 + 2 + 3 + 4 + 1 bytes
  const std::size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
  for (std::size_t limit = 0; limit < std::size(expected); ++limit) {
    EXPECT_EQ(TruncateUtf8(text, limit).size(), expected[limit]) << limit;
  }
}

TEST(TruncateUtf8Test, CutsInvalidBytesAnywhere) {
  const std::string stray(8, '\x80');
  EXPECT_EQ(TruncateUtf8(stray, 5).size(), 5u);
  EXPECT_EQ(TruncateUtf8("ab\xE4(", 3).size(), 3u);
}

TEST(ToLowerTest, KnowsTheSimpleCasePairs) {
  const std::u32string upper = U"AZÀÞĀĲĹŇŸŽΆΈΌΏΑΩЀЯѠҊӐԱＡ";
  const std::u32string lower = U"azàþāĳĺňÿžάέόώαωѐяѡҋӑաａ";
  ASSERT_EQ(upper.size(), lower.size());
  for (std::size_t i = 0; i < upper.size(); ++i) {
    EXPECT_EQ(ToLower(upper[i]), lower[i]) << i;
    EXPECT_EQ(ToLower(lower[i]), lower[i]) << i;
  }
  for (const char32_t c : U"×ßĸ中😀1_") EXPECT_EQ(ToLower(c), c);
}

}  // namespace
}  // namespace routellm::text
