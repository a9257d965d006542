#include "data/contaminated_prompts.h"

#include "data/json_lines.h"
#include "data/text_file.h"

namespace routellm::data {

Result<ContaminatedPrompts> ReadContaminatedPrompts(const std::filesystem::path& file) {
  const auto text = ReadTextFile(file);
  if (!text) return tl::unexpected(text.error());
  ContaminatedPrompts prompts;
  const auto read = ForEachJsonLine(file.string(), *text, [&](const JsonLine& line) {
    return line.String("eval_prompt").map([&](std::string_view prompt) {
      prompts.emplace(prompt);
    });
  });
  if (!read) return tl::unexpected(read.error());
  return prompts;
}

Result<ContaminatedPrompts> ReadExclusions(const std::filesystem::path& folder,
                                           const Exclusions& exclusions) {
  std::vector<std::filesystem::path> lists = exclusions.more_lists;
  if (exclusions.own_list) lists.push_back(folder / "contaminated_prompts.jsonl");
  ContaminatedPrompts all;
  for (const std::filesystem::path& list : lists) {
    auto prompts = ReadContaminatedPrompts(list);
    if (!prompts) return prompts;
    all.merge(*prompts);
  }
  return all;
}

}  // namespace routellm::data
