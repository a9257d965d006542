// One line of a list of prompts.
#pragma once

#include <string_view>

#include "cli/line_pipeline.h"
#include "core/error.h"
#include "openai/request_view.h"

namespace routellm::cli {

static_assert(kLinePadding >= openai::RequestParser::kPadding);

// kAuto: a line that begins with "{" is JSON, another is a prompt.
enum class PromptFormat { kAuto, kLines, kJsonl };

// Views into the line and into the parser that read it.
struct PromptLine {
  std::string_view text;  // empty if there is none to score
  std::string_view id;    // a JSON scalar; empty if there is none
  bool is_json = false;
  bool has_messages = false;  // a chat, which may well be without text
  bool has_prompt = false;    // of JSON: `prompt`, which may be empty
};

// JSON holds `prompt` or `messages` and may hold an `id`. kLinePadding bytes behind the line must
// be readable. Errors as openai::RequestParser::Parse.
[[nodiscard]] Result<PromptLine> ReadPromptLine(openai::RequestParser& parser, PromptFormat format,
                                                std::string_view line);

}  // namespace routellm::cli
