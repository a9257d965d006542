// JSON Lines: one JSON object a line.
#pragma once

#include <functional>
#include <string_view>

#include <nlohmann/json.hpp>

#include "core/error.h"

namespace routellm::data {

// One line's object, with access that names file, line and key when it fails.
class JsonLine {
 public:
  JsonLine(std::string_view file, std::size_t line, const nlohmann::json& object)
      : file_(file), line_(line), object_(object) {}

  // All of it, valid as long as this line.
  [[nodiscard]] const nlohmann::json& object() const { return object_; }

  // The value of `key`; null if there is none.
  [[nodiscard]] const nlohmann::json* Find(std::string_view key) const;

  // The string at `key`, valid as long as this line. Error kInvalidData if it is missing or no
  // string.
  [[nodiscard]] Result<std::string_view> String(std::string_view key) const;

  // "FILE:LINE: key 'KEY': PROBLEM".
  [[nodiscard]] Error ErrorAt(std::string_view key, std::string_view problem) const;

 private:
  std::string_view file_;
  std::size_t line_;
  const nlohmann::json& object_;
};

// Calls `visit` for each line of `text` that is not blank, until it returns an error, which is
// passed on. Error kInvalidData, with line and byte column, for a line that is not a JSON object in
// UTF-8.
[[nodiscard]] Result<void> ForEachJsonLine(
    std::string_view file, std::string_view text,
    const std::function<Result<void>(const JsonLine&)>& visit);

}  // namespace routellm::data
