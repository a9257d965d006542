#include "contamination/stem.h"

#include <gtest/gtest.h>

namespace routellm::contamination {
namespace {

TEST(StemTest, EndsBeforeTheFirstOption) {
  EXPECT_EQ(Stem("Which gas?\nA. Oxygen\nB. Argon\nAnswer:"), "Which gas?\n");
  EXPECT_EQ(Stem("Two\nlines\n A) x\n B) y"), "Two\nlines\n");
  EXPECT_EQ(Stem("q\n(A) x\n(B) y"), "q\n");
  EXPECT_EQ(Stem("q\nA. two\nlines\nB. y"), "q\n");
  EXPECT_EQ(Stem("A. x\nB. y"), "");
}

TEST(StemTest, WithoutOptionsIsAll) {
  for (const char* text : {"", "No options here.", "A. Turing was born when?", "B. y\nA. x",
                           "A.x\nB.y", "(A) x", "A. \n(", "Section\nA. one\nC. three", "\n\n"}) {
    EXPECT_EQ(Stem(text), text);
  }
}

}  // namespace
}  // namespace routellm::contamination
