#include "cli/prompt_line.h"

namespace routellm::cli {

Result<PromptLine> ReadPromptLine(openai::RequestParser& parser, PromptFormat format,
                                  std::string_view line) {
  const bool is_json =
      format == PromptFormat::kJsonl || (format == PromptFormat::kAuto && line.starts_with('{'));
  if (!is_json) return PromptLine{.text = line, .id = {}};
  return parser.Parse(line).map([](const openai::RequestView& view) {
    return PromptLine{.text = view.prompt.value_or(std::string_view()),
                      .id = view.id,
                      .is_json = true,
                      .has_messages = view.has_messages,
                      .has_prompt = view.has_prompt};
  });
}

}  // namespace routellm::cli
