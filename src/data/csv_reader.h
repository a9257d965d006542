// A reader of comma-separated values by RFC 4180 with a header record.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace routellm::data {

// Records of one text, in order. Fields may be quoted and then hold commas, line breaks and doubled
// quotes; records end with LF or CRLF; blank lines are skipped. Every record must have as many
// fields as the header. Not thread-safe.
class CsvReader {
 public:
  // Reads the header. `file` names the text in messages. Error kInvalidData for a text without a
  // header, a column named twice, or broken quoting.
  [[nodiscard]] static Result<CsvReader> Create(std::string file, std::string text);

  // The same for a text without a header, whose columns are named `header`.
  [[nodiscard]] static CsvReader CreateWithoutHeader(std::string file, std::string text,
                                                     std::vector<std::string> header);

  // The names of the columns, in order.
  [[nodiscard]] const std::vector<std::string>& header() const { return header_; }

  // The index of a column; nullopt if the header does not have it.
  [[nodiscard]] std::optional<std::size_t> FindColumn(std::string_view name) const;

  // As FindColumn, with error kInvalidData that names the column and the file.
  [[nodiscard]] Result<std::size_t> Column(std::string_view name) const;

  // Moves to the next record; false after the last. Error kInvalidData for broken quoting or a
  // wrong number of fields.
  [[nodiscard]] Result<bool> Next();

  // A field of the current record, unquoted; valid until the next call of Next().
  [[nodiscard]] const std::string& Field(std::size_t column) const { return fields_[column]; }

  // A number in the current record. Error kInvalidData unless it is finite and within [low, high].
  [[nodiscard]] Result<double> Number(std::size_t column, double low, double high) const;

  // The error of the current record: "FILE:LINE: column 'NAME': PROBLEM".
  [[nodiscard]] Error ErrorAt(std::size_t column, std::string_view problem) const;

 private:
  CsvReader(std::string file, std::string text) : file_(std::move(file)), text_(std::move(text)) {}

  Result<bool> ReadRecord();
  Result<void> ReadField();
  Result<void> ReadQuoted(std::string& field);
  [[nodiscard]] bool AtLineEnd() const;
  void SkipLineEnd();
  std::string& NewField();

  std::string file_;
  std::string text_;
  std::vector<std::string> header_;
  std::vector<std::string>
      fields_;  // reused from record to record; the first `field_count_` are current
  std::size_t field_count_ = 0;
  std::size_t position_ = 0;
  std::size_t line_ = 1;         // of position_
  std::size_t record_line_ = 1;  // where the current record begins
};

}  // namespace routellm::data
