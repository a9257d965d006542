#include "config/yaml_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace routellm::config {
namespace {

using testing::HasSubstr;

std::string ErrorOf(std::string_view text) {
  Problems problems;
  if (ParseYaml(text, problems)) return "no error";
  return problems.ToError(ErrorCode::kInvalidData, "text").value().ToString();
}

TEST(YamlTreeTest, KeepsKindsOrderAndLines) {
  Problems problems;
  const auto root = ParseYaml("b: 1\n\na: {x: [p, q], y: ~}\nc: ''\n", problems);
  ASSERT_TRUE(root);
  EXPECT_TRUE(problems.empty());
  ASSERT_EQ(root->entries.size(), 3U);
  EXPECT_EQ(root->entries[0].key, "b");
  EXPECT_EQ(root->entries[0].value.scalar, "1");
  const YamlEntry& a = root->entries[1];
  EXPECT_EQ(a.line, 3);
  ASSERT_EQ(a.value.entries.size(), 2U);
  EXPECT_EQ(a.value.entries[0].value.kind, YamlNode::Kind::kSequence);
  EXPECT_EQ(a.value.entries[0].value.items[1].scalar, "q");
  EXPECT_EQ(a.value.entries[1].value.kind, YamlNode::Kind::kNull);
  EXPECT_EQ(root->entries[2].value.kind, YamlNode::Kind::kScalar);
}

TEST(YamlTreeTest, NamesTheLineOfASyntaxError) {
  EXPECT_THAT(ErrorOf("a: 1\nb: [1, 2\nc: }\n"), HasSubstr("line"));
}

TEST(YamlTreeTest, WantsOneDocument) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("is empty"));
  EXPECT_THAT(ErrorOf("# only a comment\n"), HasSubstr("is empty"));
  EXPECT_THAT(ErrorOf("a: 1\n---\nb: 2\n"), HasSubstr("more than one"));
}

TEST(YamlTreeTest, RefusesAliasesAndOtherKeys) {
  EXPECT_THAT(ErrorOf("a: &x [1]\nb: *x\n"),
              HasSubstr("line 2: aliases (*name) are not supported"));
  EXPECT_THAT(ErrorOf("? [a]\n: 1\n"), HasSubstr("a key must be plain text"));
  EXPECT_THAT(ErrorOf("~: 1\n"), HasSubstr("a key must not be empty"));
}

TEST(YamlTreeTest, BoundsDepth) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(ErrorOf(nested(kMaxYamlDepth)), "no error");
  EXPECT_THAT(ErrorOf(nested(kMaxYamlDepth + 1)), HasSubstr("too deeply nested"));
  EXPECT_NE(ErrorOf(std::string(500'000, '[')), "no error");
  EXPECT_NE(ErrorOf(std::string(500'000, '{')), "no error");
  std::string dashes;
  for (int i = 0; i < 100'000; ++i) dashes += "- ";
  EXPECT_THAT(ErrorOf(dashes), HasSubstr("too deeply nested"));
}

TEST(YamlTreeTest, BoundsSize) {
  EXPECT_EQ(ErrorOf("a: " + std::string(kMaxYamlBytes - 3, 'x')), "no error");
  EXPECT_THAT(ErrorOf("a: " + std::string(kMaxYamlBytes - 2, 'x')),
              HasSubstr("larger than 1048576"));
}

}  // namespace
}  // namespace routellm::config
