#include "data/replace_file.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "data/test_files.h"
#include "data/text_file.h"

namespace routellm::data {
namespace {

TEST(ReplaceFileTest, ReplacesWhatIsThere) {
  const TestFolder folder;
  const auto path = folder.path() / "a.txt";
  ASSERT_TRUE(ReplaceFile(path, "first, and longer"));
  ASSERT_TRUE(ReplaceFile(path, "second"));
  EXPECT_EQ(ReadTextFile(path).value(), "second");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(ReplaceFileTest, AFailureLeavesNothingBehind) {
  const TestFolder folder;
  const auto written = ReplaceFile(folder.path() / "missing" / "a.txt", "text");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kIo);
  const auto onto_folder = ReplaceFile(folder.path(), "text");
  ASSERT_FALSE(onto_folder);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(ReplaceFileTest, OnlyFilesAreReplaced) {
  const TestFolder folder;
  const auto pipe = folder.path() / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const auto link = folder.path() / "link";
  std::filesystem::create_symlink(pipe, link);
  for (const auto& path : {pipe, link}) {
    const auto written = ReplaceFile(path, "text");
    ASSERT_FALSE(written);
    EXPECT_THAT(written.error().ToString(), ::testing::EndsWith("it is not a regular file"));
    EXPECT_TRUE(std::filesystem::is_fifo(path));
  }
}

}  // namespace
}  // namespace routellm::data
