#include "data/benchmark_files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "data/benchmark.h"

namespace routellm::data {
namespace {

TEST(BenchmarkFilesTest, NamesEachFileOnceInTheFolderThatLoadBenchmarkReads) {
  std::set<std::string_view> paths;
  for (const BenchmarkFile& file : BenchmarkFiles()) {
    std::string folder(file.benchmark);
    std::replace(folder.begin(), folder.end(), '-', '_');
    EXPECT_TRUE(file.path.starts_with(folder + "/")) << file.path;
    EXPECT_TRUE(paths.insert(file.path).second) << file.path;
    EXPECT_GT(file.bytes, 0U);
    EXPECT_EQ(file.sha256.size(), 64U);
    EXPECT_EQ(file.sha256.find_first_not_of("0123456789abcdef"), std::string_view::npos);
  }
  EXPECT_EQ(paths.size(), 65U);
  for (const std::string& name : BenchmarkNames()) {
    EXPECT_TRUE(std::any_of(BenchmarkFiles().begin(), BenchmarkFiles().end(),
                            [&](const BenchmarkFile& file) { return file.benchmark == name; }))
        << name;
  }
}

}  // namespace
}  // namespace routellm::data
