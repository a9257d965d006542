#include "cli/route_lines.h"

#include <fmt/format.h>

#include <memory>

#include "openai/json_text.h"
#include "text/utf8.h"

namespace routellm::cli {
Result<WinRate> Score(const Decider& decider, std::string_view text) {
  if (text.empty()) return Fail(ErrorCode::kInvalidRequest, "there is no text to score");
  return decider.router->Score({text::TruncateUtf8(text, decider.max_bytes)}, {});
}

std::string DecisionMembers(const Decider& decider, WinRate win_rate) {
  const bool strong = Decide(win_rate, decider.threshold) == Choice::kStrong;
  return fmt::format(R"("win_rate":{},"model":{},"router":{},"threshold":{})", win_rate.value(),
                     openai::ToJsonString(strong ? decider.strong_model : decider.weak_model),
                     openai::ToJsonString(decider.router_name), decider.threshold.value());
}

LineFunction RouteLines(const Decider& decider, PromptFormat format, std::atomic<bool>& failed) {
  const auto parser = std::make_shared<openai::RequestParser>(decider.max_bytes);
  return [&decider, &failed, format, parser](std::string_view line, std::size_t number,
                                             LineOutput& output) {
    const auto prompt = ReadPromptLine(*parser, format, line);
    const auto win_rate =
        prompt.and_then([&](const PromptLine& read) { return Score(decider, read.text); });
    output.results += R"({"id":)";
    output.results +=
        prompt && !prompt->id.empty() ? std::string(prompt->id) : std::to_string(number);
    output.results += ',';
    if (win_rate) {
      output.results += DecisionMembers(decider, *win_rate);
    } else {
      failed = true;
      const std::string& message = win_rate.error().public_message;
      output.results += R"("error":)" + openai::ToJsonString(message);
      output.diagnostics += fmt::format("routellm: line {}: {}\n", number, message);
    }
    output.results += "}\n";
  };
}

}  // namespace routellm::cli
