#include "data/csv_table.h"

#include <algorithm>
#include <utility>

#include "data/csv_reader.h"
#include "data/text_file.h"

namespace routellm::data {
namespace {

void AppendField(std::string_view field, std::string& out) {
  if (!field.empty() && field.find_first_of(",\"\r\n") == std::string_view::npos) {
    out.append(field);
    return;
  }
  out.push_back('"');  // an empty field as well: a record of one would be a blank line
  for (const char c : field) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  out.push_back('"');
}

void AppendRecord(const std::vector<std::string>& fields, std::string& out) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) out.push_back(',');
    AppendField(fields[i], out);
  }
  out.push_back('\n');
}

}  // namespace

std::optional<std::size_t> CsvTable::FindColumn(std::string_view name) const {
  const auto found = std::find(header.begin(), header.end(), name);
  if (found == header.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header.begin());
}

Result<CsvTable> ReadCsvTable(const std::filesystem::path& file) {
  auto text = ReadTextFile(file);
  if (!text) return tl::unexpected(text.error());
  auto reader = CsvReader::Create(file.string(), std::move(*text));
  if (!reader) return tl::unexpected(reader.error());
  CsvTable table{reader->header(), {}};
  for (;;) {
    const auto found = reader->Next();
    if (!found) return tl::unexpected(found.error());
    if (!*found) return table;
    auto& row = table.rows.emplace_back();
    row.reserve(table.header.size());
    for (std::size_t i = 0; i < table.header.size(); ++i) row.push_back(reader->Field(i));
  }
}

std::string FormatCsv(const CsvTable& table) {
  std::string out;
  AppendRecord(table.header, out);
  for (const auto& row : table.rows) AppendRecord(row, out);
  return out;
}

}  // namespace routellm::data
