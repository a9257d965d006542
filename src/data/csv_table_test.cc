#include "data/csv_table.h"

#include <gmock/gmock.h>

#include "data/test_files.h"

namespace routellm::data {
namespace {

TEST(CsvTableTest, WhatIsWrittenIsReadAgain) {
  const CsvTable table{{"prompt", "a,b", "c"},
                       {{"plain", "with \"quotes\"", "two\nlines\r\n"},
                        {"", ",", " spaces "},
                        {"\"", "\xC3\xA9", ""}}};
  const TestFolder folder;
  const auto read = ReadCsvTable(folder.Write("t.csv", FormatCsv(table)));
  ASSERT_TRUE(read) << read.error().ToString();
  EXPECT_EQ(read->header, table.header);
  EXPECT_EQ(read->rows, table.rows);
  EXPECT_THAT(FormatCsv(table), testing::HasSubstr("plain,\"with \"\"quotes\"\"\","));
}

TEST(CsvTableTest, NamesTheFileThatIsWrong) {
  const TestFolder folder;
  const auto read = ReadCsvTable(folder.Write("t.csv", "a,b\n1\n"));
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().ToString(),
              testing::EndsWith("t.csv:2: 1 fields where the header has 2"));
}

}  // namespace
}  // namespace routellm::data
