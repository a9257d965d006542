// Options whose value is one of some words.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <utility>
#include <vector>

#include <CLI/App.hpp>

namespace routellm::cli {

// Adds an option that sets `value`, an enumeration, by one of `words`, whatever the case of its
// letters. Help shows them, and the word of the value that is there now.
template <typename T>
CLI::Option* AddChoice(CLI::App& command, const std::string& name, T& value,
                       const std::string& description,
                       const std::vector<std::pair<std::string, T>>& words) {
  std::vector<std::string> names;
  std::string initial;
  for (const auto& [word, meaning] : words) {
    names.push_back(word);
    if (meaning == value) initial = word;
  }
  const auto parse = [words, names](std::string& text) -> std::string {
    for (const auto& [word, meaning] : words) {
      if (CLI::detail::to_lower(text) != word) continue;
      text = std::to_string(static_cast<int>(meaning));
      return {};
    }
    return fmt::format("'{}' is none of {}", text, fmt::join(names, ", "));
  };
  return command.add_option(name, value, description)
      ->transform(CLI::Validator(parse, ""))
      ->type_name(fmt::format("{}", fmt::join(names, "|")))
      ->default_str(initial);
}

}  // namespace routellm::cli
