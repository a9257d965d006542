#include "data/partial_mark.h"

#include <fmt/core.h>

#include "data/json_lines.h"
#include "data/text_file.h"

namespace routellm::data {

Result<std::size_t> ReadPartialMark(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / kPartialMark;
  if (!std::filesystem::exists(file)) return 0;
  const auto text = ReadTextFile(file);
  if (!text) return tl::unexpected(text.error());
  std::size_t questions = 0;
  const auto read =
      ForEachJsonLine(file.string(), *text, [&](const JsonLine& line) -> Result<void> {
        const nlohmann::json* value = line.Find("questions");
        if (value == nullptr || !value->is_number_unsigned()) {
          return tl::unexpected(line.ErrorAt("questions", "a number was expected"));
        }
        questions = value->get<std::size_t>();
        return {};
      });
  if (!read) return tl::unexpected(read.error());
  return questions;
}

std::string FormatPartialMark(std::size_t questions) {
  return fmt::format("{{\"questions\": {}}}\n", questions);
}

}  // namespace routellm::data
