// Whole CSV files, to be changed and written again.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace routellm::data {

// Every row has as many fields as the header.
struct CsvTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;

  // The index of a column; nullopt if there is none of that name.
  [[nodiscard]] std::optional<std::size_t> FindColumn(std::string_view name) const;
};

// Errors: those of ReadTextFile and CsvReader.
[[nodiscard]] Result<CsvTable> ReadCsvTable(const std::filesystem::path& file);

// What CsvReader reads as `table`. Fields are quoted only where they have to be; records end with
// LF.
[[nodiscard]] std::string FormatCsv(const CsvTable& table);

}  // namespace routellm::data
