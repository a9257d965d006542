#include "text/normalize.h"

#include <gtest/gtest.h>

namespace routellm::text {
namespace {

TEST(NormalizeWordsTest, CaseSpaceAndPunctuationDoNotCount) {
  EXPECT_EQ(NormalizeWords("  What's\tthe  ANSWER --\r\nto 3.5%?"), "what s the answer to 3 5");
  EXPECT_EQ(NormalizeWords("\xE2\x80\x9CWhat\xE2\x80\x99s\xE2\x80\x9D"), "what s");
  EXPECT_EQ(NormalizeWords(""), "");
  EXPECT_EQ(NormalizeWords(" ?!\n"), "");
}

TEST(NormalizeWordsTest, UnicodeOfOneMeaningIsOneForm) {
  EXPECT_EQ(NormalizeWords("ÄRGER ΣΟΦΙΑ"), "ärger σοφια");
  EXPECT_EQ(NormalizeWords("ＲｏｕｔｅＬＬＭ　２０２４！"), "routellm 2024");
  EXPECT_EQ(NormalizeWords("co\u00ADop\u200Beration\uFEFF"), "cooperation");
  EXPECT_NE(NormalizeWords("caf\u00E9"), NormalizeWords("cafe\u0301"));
}

TEST(NormalizeWordsTest, ScriptsWithoutSpacesAreSplitByCharacter) {
  EXPECT_EQ(NormalizeWords("日本語、text"), "日 本 語 text");
  EXPECT_EQ(NormalizeWords("a∀b😀😀"), "a ∀ b 😀 😀");
}

TEST(NormalizeWordsTest, InvalidBytesSeparate) {
  EXPECT_EQ(NormalizeWords("a\xFF"
                           "b\xC3"),
            "a b");
}

TEST(NormalizeWordsTest, IsItsOwnFixedPoint) {
  const std::string once = NormalizeWords("Ｆｕｌｌ-width 漢字: ∑ x₁ – Ünïcode\xF0 done");
  EXPECT_EQ(NormalizeWords(once), once);
}

}  // namespace
}  // namespace routellm::text
