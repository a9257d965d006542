#include "data/mapped_file.h"

#include <gtest/gtest.h>

#include <utility>

#include "data/test_files.h"

namespace routellm::data {
namespace {

std::string_view Text(const MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

TEST(MappedFileTest, HoldsTheFilesBytesAlsoAfterAMove) {
  const TestFolder folder;
  auto one = MappedFile::Open(folder.Write("one", "first").string());
  ASSERT_TRUE(one) << one.error().ToString();
  auto two = MappedFile::Open(folder.Write("two", "second").string());
  ASSERT_TRUE(two);
  const std::byte* address = one->bytes().data();
  MappedFile moved = std::move(*one);
  EXPECT_EQ(Text(moved), "first");
  EXPECT_EQ(moved.bytes().data(), address);
  moved = std::move(*two);
  EXPECT_EQ(Text(moved), "second");
  EXPECT_EQ(Text(*MappedFile::Open(folder.Write("empty", "").string())), "");
}

TEST(MappedFileTest, WhatIsNoFileIsAnError) {
  const TestFolder folder;
  EXPECT_EQ(MappedFile::Open(folder.path().string()).error().code, ErrorCode::kIo);
  EXPECT_EQ(MappedFile::Open((folder.path() / "absent").string()).error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace routellm::data
