#include "evidence/command_lines.h"

#include <simdjson.h>

#include <algorithm>

#include "openai/json_text.h"
#include "text/utf8.h"

namespace routellm::evidence {
namespace {

Result<WinRate> ReadWinRate(simdjson::dom::element root) {
  double value = 0;
  std::string_view error;
  if (!root["win_rate"].get_double().get(value) && value >= 0 && value <= 1)
    return WinRate::Clamped(value);
  if (!root["error"].get(error)) {
    return Fail(ErrorCode::kUpstreamUnavailable, "the program gives no win rate", LogLine(error));
  }
  return Fail(ErrorCode::kInvalidData, "the program's `win_rate` is no number from 0 to 1");
}

}  // namespace

std::string AskLine(std::uint64_t id, std::string_view prompt) {
  return R"({"id":)" + std::to_string(id) + R"(,"prompt":)" + openai::ToJsonString(prompt) + "}\n";
}

Result<AnswerLine> ReadAnswerLine(std::string_view line) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(line).get(root))
    return Fail(ErrorCode::kInvalidData, "a line of the program's is not JSON");
  std::uint64_t id = 0;
  if (root["id"].get(id)) {
    return Fail(ErrorCode::kInvalidData,
                "a line of the program's is no JSON object with the `id` of a question");
  }
  return AnswerLine{id, ReadWinRate(root)};
}

std::string LogLine(std::string_view text) {
  constexpr std::size_t kMostBytes = 500;
  std::string line = text::SanitizeUtf8(text::TruncateUtf8(text, kMostBytes));
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return line;
}

}  // namespace routellm::evidence
