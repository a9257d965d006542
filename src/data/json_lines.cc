#include "data/json_lines.h"

#include <fmt/core.h>

#include <string>

#include "data/text_file.h"

namespace routellm::data {
namespace {

Result<nlohmann::json> ParseObject(std::string_view file, std::size_t line, std::string_view text) {
  try {
    auto value = nlohmann::json::parse(text);
    if (value.is_object()) return value;
    return tl::unexpected(InvalidData(file, line, "a JSON object was expected"));
  } catch (const nlohmann::json::parse_error& error) {
    return tl::unexpected(InvalidData(file, line, fmt::format("not JSON, at byte {}", error.byte)));
  }
}

}  // namespace

const nlohmann::json* JsonLine::Find(std::string_view key) const {
  const auto found = object_.find(std::string(key));
  return found == object_.end() ? nullptr : &*found;
}

Result<std::string_view> JsonLine::String(std::string_view key) const {
  const nlohmann::json* value = Find(key);
  if (value == nullptr || !value->is_string()) {
    return tl::unexpected(ErrorAt(key, value == nullptr ? "missing" : "not a string"));
  }
  return value->get_ref<const std::string&>();
}

Error JsonLine::ErrorAt(std::string_view key, std::string_view problem) const {
  return InvalidData(file_, line_, fmt::format("key '{}': {}", key, problem));
}

Result<void> ForEachJsonLine(std::string_view file, std::string_view text,
                             const std::function<Result<void>(const JsonLine&)>& visit) {
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::string_view current = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), current.size() + 1));
    if (current.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const auto object = ParseObject(file, line, current);
    if (!object) return tl::unexpected(object.error());
    if (auto ok = visit(JsonLine(file, line, *object)); !ok) return ok;
  }
  return {};
}

}  // namespace routellm::data
