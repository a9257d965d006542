#include "data/text_file.h"

#include <gtest/gtest.h>

#include <string>

#include "data/test_files.h"

namespace routellm::data {
namespace {

TEST(ReadTextFileTest, ReadsPlainAndGzipAlike) {
  const TestFolder folder;
  const std::string text(200'000, 'x');
  EXPECT_EQ(ReadTextFile(folder.Write("plain", text)), text);
  EXPECT_EQ(ReadTextFile(folder.WriteGzip("packed", text)), text);
  EXPECT_EQ(ReadTextFile(folder.Write("empty", "")), "");
}

TEST(ReadTextFileTest, DropsAByteOrderMark) {
  const TestFolder folder;
  EXPECT_EQ(ReadTextFile(folder.Write("bom", "\xEF\xBB\xBFid\n")), "id\n");
}

TEST(ReadTextFileTest, MissingFileAndFolderAreIoErrors) {
  const TestFolder folder;
  EXPECT_EQ(ReadTextFile(folder.path() / "none").error().code, ErrorCode::kIo);
  EXPECT_EQ(ReadTextFile(folder.path()).error().code, ErrorCode::kIo);
}

TEST(ReadTextFileTest, DamagedCompressionIsInvalidData) {
  const TestFolder folder;
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i * 7919);
  const auto file = folder.WriteGzip("cut.gz", text);
  std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
  const auto cut = ReadTextFile(file);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, ErrorCode::kInvalidData);
  EXPECT_NE(cut.error().detail.find("cut.gz"), std::string::npos);

  const auto flipped = folder.WriteGzip("flipped.gz", text);
  std::fstream bytes(flipped, std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekp(200);
  bytes.write("\0\0\0\0\0\0\0\0", 8);
  bytes.close();
  EXPECT_EQ(ReadTextFile(flipped).error().code, ErrorCode::kInvalidData);
}

TEST(QuotedTest, CutsLongTextBetweenCharacters) {
  EXPECT_EQ(Quoted("abc"), "'abc'");
  const std::string long_text = std::string(39, 'a') + "\xC3\xA4" + "bc";
  EXPECT_EQ(Quoted(long_text), "'" + std::string(39, 'a') + "...'");
}

}  // namespace
}  // namespace routellm::data
