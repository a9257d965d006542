#include "data/csv_reader.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "data/text_file.h"

namespace routellm::data {

Result<CsvReader> CsvReader::Create(std::string file, std::string text) {
  CsvReader reader(std::move(file), std::move(text));
  const auto found = reader.ReadRecord();
  if (!found) return tl::unexpected(found.error());
  if (!*found)
    return tl::unexpected(InvalidData(reader.file_, 1, "the file is empty; a header was expected"));
  reader.header_.assign(reader.fields_.begin(),
                        reader.fields_.begin() + static_cast<std::ptrdiff_t>(reader.field_count_));
  for (auto name = reader.header_.begin(); name != reader.header_.end(); ++name) {
    if (std::find(reader.header_.begin(), name, *name) != name) {
      return tl::unexpected(
          InvalidData(reader.file_, 1, fmt::format("column {} occurs twice", Quoted(*name))));
    }
  }
  return reader;
}

CsvReader CsvReader::CreateWithoutHeader(std::string file, std::string text,
                                         std::vector<std::string> header) {
  CsvReader reader(std::move(file), std::move(text));
  reader.header_ = std::move(header);
  return reader;
}

std::optional<std::size_t> CsvReader::FindColumn(std::string_view name) const {
  const auto found = std::find(header_.begin(), header_.end(), name);
  if (found == header_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header_.begin());
}

Result<std::size_t> CsvReader::Column(std::string_view name) const {
  if (const auto column = FindColumn(name)) return *column;
  return tl::unexpected(InvalidData(file_, 1, fmt::format("there is no column '{}'", name)));
}

Result<bool> CsvReader::Next() {
  auto found = ReadRecord();
  if (!found || !*found) return found;
  if (field_count_ != header_.size()) {
    return tl::unexpected(InvalidData(
        file_, record_line_,
        fmt::format("{} fields where the header has {}", field_count_, header_.size())));
  }
  return true;
}

Result<double> CsvReader::Number(std::size_t column, double low, double high) const {
  const std::string& text = Field(column);
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() ||
      !(value >= low && value <= high)) {
    return tl::unexpected(
        ErrorAt(column, fmt::format("{} is not a number from {} to {}", Quoted(text), low, high)));
  }
  return value;
}

Error CsvReader::ErrorAt(std::size_t column, std::string_view problem) const {
  return InvalidData(file_, record_line_, fmt::format("column '{}': {}", header_[column], problem));
}

Result<bool> CsvReader::ReadRecord() {
  while (position_ < text_.size() && AtLineEnd()) SkipLineEnd();
  if (position_ == text_.size()) return false;
  record_line_ = line_;
  field_count_ = 0;
  for (;;) {
    if (auto ok = ReadField(); !ok) return tl::unexpected(ok.error());
    if (position_ == text_.size()) return true;
    if (text_[position_] != ',') {
      SkipLineEnd();
      return true;
    }
    ++position_;
  }
}

// Leaves position_ on the comma, line end or end of text that follows the field.
Result<void> CsvReader::ReadField() {
  std::string& field = NewField();
  if (position_ < text_.size() && text_[position_] == '"') return ReadQuoted(field);
  const std::size_t begin = position_;
  while (position_ < text_.size() && text_[position_] != ',' && !AtLineEnd()) {
    if (text_[position_] == '"') {
      return tl::unexpected(InvalidData(file_, line_, "a quote inside a field that is not quoted"));
    }
    ++position_;
  }
  field.assign(text_, begin, position_ - begin);
  return {};
}

Result<void> CsvReader::ReadQuoted(std::string& field) {
  const std::size_t opening_line = line_;
  ++position_;
  for (;;) {
    const std::size_t quote = text_.find('"', position_);
    if (quote == std::string::npos) {
      return tl::unexpected(
          InvalidData(file_, opening_line, "a quoted field that begins here never ends"));
    }
    const std::string_view part = std::string_view(text_).substr(position_, quote - position_);
    line_ += static_cast<std::size_t>(std::count(part.begin(), part.end(), '\n'));
    field.append(part);
    position_ = quote + 1;
    if (position_ == text_.size() || text_[position_] != '"') break;
    field.push_back('"');
    ++position_;
  }
  if (position_ < text_.size() && text_[position_] != ',' && !AtLineEnd()) {
    return tl::unexpected(
        InvalidData(file_, line_, "text between a closing quote and the next comma"));
  }
  return {};
}

bool CsvReader::AtLineEnd() const {
  return text_[position_] == '\n' ||
         (text_[position_] == '\r' && position_ + 1 < text_.size() && text_[position_ + 1] == '\n');
}

void CsvReader::SkipLineEnd() {
  position_ += text_[position_] == '\r' ? 2 : 1;
  ++line_;
}

std::string& CsvReader::NewField() {
  if (field_count_ == fields_.size()) fields_.emplace_back();
  std::string& field = fields_[field_count_++];
  field.clear();
  return field;
}

}  // namespace routellm::data
