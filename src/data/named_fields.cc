#include "data/named_fields.h"

#include <utility>

#include <nlohmann/json.hpp>

namespace routellm::data {

NamedFields FieldsOf(const CsvReader& reader) {
  return {[&reader](std::string_view name) -> std::optional<std::string> {
            const auto column = reader.FindColumn(name);
            if (!column) return std::nullopt;
            return reader.Field(*column);
          },
          [&reader](std::string_view name, std::string_view problem) {
            const auto column = reader.FindColumn(name);
            if (!column) return reader.Column(name).error();
            return reader.ErrorAt(*column, problem);
          }};
}

NamedFields FieldsOf(const JsonLine& line) {
  return {[&line](std::string_view name) -> std::optional<std::string> {
            const nlohmann::json* value = line.Find(name);
            if (value == nullptr || value->is_null()) return std::nullopt;
            return value->is_string() ? value->get<std::string>() : value->dump();
          },
          [&line](std::string_view name, std::string_view problem) {
            return line.ErrorAt(name, problem);
          }};
}

Result<std::string> Required(const NamedFields& fields, std::string_view name) {
  auto value = fields.find(name);
  if (value && !value->empty()) return *std::move(value);
  return tl::unexpected(fields.error_at(name, value ? "empty" : "missing"));
}

}  // namespace routellm::data
