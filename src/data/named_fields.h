// The fields of one record by name, whatever file it stands in.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "data/csv_reader.h"
#include "data/json_lines.h"

namespace routellm::data {

struct NamedFields {
  // As text; none if there is no such field, or if it is null.
  std::function<std::optional<std::string>(std::string_view name)> find;
  // The error of a field, with file and line.
  std::function<Error(std::string_view name, std::string_view problem)> error_at;
};

// Of the reader's current record, or of one line; both must outlive the result.
[[nodiscard]] NamedFields FieldsOf(const CsvReader& reader);
[[nodiscard]] NamedFields FieldsOf(const JsonLine& line);

// The text of a field. Error kInvalidData if it is missing or empty.
[[nodiscard]] Result<std::string> Required(const NamedFields& fields, std::string_view name);

}  // namespace routellm::data
