#include "data/csv_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace routellm::data {
namespace {

using Rows = std::vector<std::vector<std::string>>;

Result<Rows> ReadAll(const std::string& text, std::vector<std::string> columns) {
  auto reader = CsvReader::Create("t.csv", text);
  if (!reader) return tl::unexpected(reader.error());
  Rows rows;
  for (;;) {
    const auto more = reader->Next();
    if (!more) return tl::unexpected(more.error());
    if (!*more) return rows;
    std::vector<std::string> row;
    for (const auto& name : columns) row.push_back(reader->Field(*reader->Column(name)));
    rows.push_back(std::move(row));
  }
}

std::string ErrorOf(const std::string& text) {
  const auto rows = ReadAll(text, {});
  return rows ? "no error" : rows.error().ToString();
}

TEST(CsvReaderTest, ReadsByColumnNameInAnyOrder) {
  const auto rows = ReadAll("b,a\n1,2\n3,4\n", {"a", "b"});
  ASSERT_TRUE(rows);
  EXPECT_EQ(*rows, (Rows{{"2", "1"}, {"4", "3"}}));
}

TEST(CsvReaderTest, QuotedFieldsHoldCommasQuotesAndLineBreaks) {
  const auto rows =
      ReadAll("a,b\n\"x,y\",\"say \"\"hi\"\"\"\n\"two\nlines\r\nthree\",\"\"\n", {"a", "b"});
  ASSERT_TRUE(rows);
  EXPECT_EQ(*rows, (Rows{{"x,y", "say \"hi\""}, {"two\nlines\r\nthree", ""}}));
}

TEST(CsvReaderTest, TakesCrlfBlankLinesAndAMissingLastLineEnd) {
  const auto rows = ReadAll("a,b\r\n1,2\r\n\r\n,\r\n5,6", {"a", "b"});
  ASSERT_TRUE(rows);
  EXPECT_EQ(*rows, (Rows{{"1", "2"}, {"", ""}, {"5", "6"}}));
}

TEST(CsvReaderTest, ErrorsNameFileAndLine) {
  EXPECT_EQ(ErrorOf(""), "invalid data: t.csv:1: the file is empty; a header was expected");
  EXPECT_EQ(ErrorOf("a,b,a\n"), "invalid data: t.csv:1: column 'a' occurs twice");
  EXPECT_EQ(ErrorOf("a,b\n1,2\n\"x\ny\",2\n3\n"),
            "invalid data: t.csv:5: 1 fields where the header has 2");
  EXPECT_EQ(ErrorOf("a,b\n1,\"2\n3,4\n"),
            "invalid data: t.csv:2: a quoted field that begins here never ends");
  EXPECT_EQ(ErrorOf("a\n\"1\" 2\n"),
            "invalid data: t.csv:2: text between a closing quote and the next comma");
  EXPECT_EQ(ErrorOf("a\n1\"2\n"),
            "invalid data: t.csv:2: a quote inside a field that is not quoted");
}

TEST(CsvReaderTest, MissingColumnIsNamed) {
  auto reader = CsvReader::Create("t.csv", "a,b\n");
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->Column("score").error().ToString(),
            "invalid data: t.csv:1: there is no column 'score'");
  EXPECT_EQ(reader->FindColumn("score"), std::nullopt);
}

TEST(CsvReaderTest, NumbersMustBeFiniteAndInRange) {
  auto reader = CsvReader::Create("t.csv", "s\n0.25\nnan\ninf\n1.5\n-0.1\n\" 1\"\n1x\n\"\"\n");
  ASSERT_TRUE(reader);
  ASSERT_TRUE(*reader->Next());
  EXPECT_EQ(reader->Number(0, 0, 1).value(), 0.25);
  for (int i = 0; i < 7; ++i) {
    ASSERT_TRUE(*reader->Next());
    const auto number = reader->Number(0, 0, 1);
    ASSERT_FALSE(number) << reader->Field(0);
    EXPECT_EQ(number.error().code, ErrorCode::kInvalidData);
  }
  EXPECT_FALSE(*reader->Next());
}

TEST(CsvReaderTest, ColumnsOfATextWithoutAHeaderAreNamedByTheCaller) {
  auto reader = CsvReader::CreateWithoutHeader("f", "1,1\n2\n", {"a", "b"});
  ASSERT_TRUE(*reader.Next());
  EXPECT_EQ(reader.Field(*reader.FindColumn("b")), "1");
  EXPECT_EQ(reader.ErrorAt(1, "bad").ToString(), "invalid data: f:1: column 'b': bad");
  EXPECT_FALSE(reader.Next());
}

}  // namespace
}  // namespace routellm::data
