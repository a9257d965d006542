#include "labelling/given_answers.h"

#include "data/json_lines.h"
#include "data/text_file.h"

namespace routellm::labelling {

Result<void> GivenAnswers::Read(const std::filesystem::path& file) {
  const auto text = data::ReadTextFile(file);
  if (!text) return tl::unexpected(text.error());
  return data::ForEachJsonLine(
      file.string(), *text, [&](const data::JsonLine& line) -> Result<void> {
        const auto model = line.String("model");
        if (!model) return tl::unexpected(model.error());
        const auto answer = line.String("answer");
        if (!answer) return tl::unexpected(answer.error());
        const bool by_prompt = line.Find("prompt") != nullptr;
        const auto key = line.String(by_prompt ? "prompt" : "id");
        if (!key) return tl::unexpected(key.error());
        auto& answers = by_prompt ? by_prompt_ : by_id_;
        const auto [entry, added] =
            answers.try_emplace({std::string(*model), std::string(*key)}, *answer);
        if (added || entry->second == *answer) return {};
        return tl::unexpected(
            line.ErrorAt("answer", "an earlier line has another answer of this model"));
      });
}

std::optional<std::string> GivenAnswers::Find(std::string_view model, std::string_view id,
                                              std::string_view prompt) const {
  const auto by_prompt = by_prompt_.find({std::string(model), std::string(prompt)});
  if (by_prompt != by_prompt_.end()) return by_prompt->second;
  const auto by_id = by_id_.find({std::string(model), std::string(id)});
  if (by_id != by_id_.end()) return by_id->second;
  return std::nullopt;
}

}  // namespace routellm::labelling
