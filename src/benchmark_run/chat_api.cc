#include "benchmark_run/chat_api.h"

#include <algorithm>
#include <utility>

#include "text/utf8.h"

namespace routellm::benchmark_run {
namespace {

using Json = nlohmann::json;

tl::unexpected<Error> NoCompletion(std::string problem) {
  return Fail(ErrorCode::kInvalidData, "the answer is no chat completion", std::move(problem));
}

// The member at `key` if `value` is an object that has it; else null.
const Json& Member(const Json& value, const char* key) {
  static const Json kNull;
  if (!value.is_object()) return kNull;
  const auto found = value.find(key);
  return found == value.end() ? kNull : *found;
}

std::string Content(const Json& content) {
  if (content.is_string()) return content.get<std::string>();
  std::string text;
  if (content.is_array()) {
    for (const Json& part : content) {
      if (const Json& piece = Member(part, "text"); piece.is_string()) {
        text += piece.get_ref<const std::string&>();
      }
    }
  }
  return text;
}

std::optional<TokenUsage> Usage(const Json& usage) {
  const Json& prompt = Member(usage, "prompt_tokens");
  const Json& completion = Member(usage, "completion_tokens");
  if (!prompt.is_number_unsigned() || !completion.is_number_unsigned()) return std::nullopt;
  return TokenUsage{prompt.get<std::uint64_t>(), completion.get<std::uint64_t>()};
}

}  // namespace

Json ChatBody(const ChatSettings& settings, Json messages) {
  Json body = {{"model", settings.model},
               {"messages", std::move(messages)},
               {"temperature", settings.temperature},
               {"max_tokens", settings.max_tokens}};
  body.merge_patch(settings.patch);
  return body;
}

Json Message(std::string_view role, std::string_view content) {
  return {{"role", role}, {"content", content}};
}

Result<ChatReply> ParseChatReply(std::string_view body) {
  const Json reply = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!reply.is_object()) return NoCompletion("not a JSON object");
  const Json& choices = Member(reply, "choices");
  if (!choices.is_array() || choices.empty()) return NoCompletion("no choices");
  const Json& message = Member(choices.front(), "message");
  if (!message.is_object()) return NoCompletion("no message");
  const Json& finish = Member(choices.front(), "finish_reason");
  return ChatReply{.text = Content(Member(message, "content")),
                   .finish_reason = finish.is_string() ? finish.get<std::string>() : "",
                   .usage = Usage(Member(reply, "usage"))};
}

std::string RefusalMessage(std::string_view body) {
  constexpr std::size_t kLongest = 300;
  const Json reply = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  const Json& error = Member(reply, "error");
  const Json& message = error.is_string() ? error : Member(error, "message");
  std::string text = text::SanitizeUtf8(message.is_string() ? message.get_ref<const std::string&>()
                                                            : std::string(body));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  if (text.size() <= kLongest) return text;
  return std::string(text::TruncateUtf8(text, kLongest)) + "...";
}

std::string_view VisibleAnswer(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  constexpr std::string_view kOpen = "<think>";
  constexpr std::string_view kClose = "</think>";
  const auto trimmed = [&](std::string_view all) {
    return all.substr(std::min(all.find_first_not_of(kSpace), all.size()));
  };
  const std::string_view answer = trimmed(text);
  if (!answer.starts_with(kOpen)) return text;
  const std::size_t end = answer.find(kClose);
  return end == std::string_view::npos ? std::string_view()
                                       : trimmed(answer.substr(end + kClose.size()));
}

}  // namespace routellm::benchmark_run
