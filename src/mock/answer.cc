#include "mock/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include <nlohmann/json.hpp>

namespace routellm::mock {
namespace {

constexpr std::string_view kText =
    "The simulated model has read your question with care and gives an answer that is long enough "
    "to look like one: "
    "every word of it was written beforehand, and none of them depends on what you asked. ";

std::string_view ReasonPhrase(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 404:
      return "Not Found";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return "Status";
  }
}

std::string Quoted(std::string_view text) { return nlohmann::json(text).dump(); }

std::string Framed(std::string_view bytes, Framing framing) {
  return framing == Framing::kChunked ? fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes)
                                      : std::string(bytes);
}

std::string Head(const Script& script, std::string_view content_type, Framing framing,
                 std::size_t body_bytes) {
  std::string head;
  const auto out = std::back_inserter(head);
  if (script.interim) fmt::format_to(out, "HTTP/1.1 {} Interim\r\n\r\n", *script.interim);
  fmt::format_to(out, "HTTP/1.1 {} {}\r\ncontent-type: {}\r\nx-request-id: mock\r\n", script.status,
                 ReasonPhrase(script.status), content_type);
  if (script.retry_after) fmt::format_to(out, "retry-after: {}\r\n", *script.retry_after);
  for (std::size_t filled = 0; filled < script.header_bytes; filled += 1000) {
    fmt::format_to(out, "x-filler-{}: {}\r\n", filled / 1000,
                   std::string(std::min<std::size_t>(1000, script.header_bytes - filled), 'f'));
  }
  if (framing == Framing::kChunked) head += "transfer-encoding: chunked\r\n";
  if (framing == Framing::kLength || script.declared_length) {
    fmt::format_to(out, "content-length: {}\r\n", script.declared_length.value_or(body_bytes));
  }
  if (framing == Framing::kClose) head += "connection: close\r\n";
  return head += "\r\n";
}

std::string Usage(const ChatRequest& request) {
  const auto completion_tokens = request.script.shape.chunks;
  return fmt::format(R"({{"prompt_tokens":{},"completion_tokens":{},"total_tokens":{}}})",
                     request.prompt_tokens, completion_tokens,
                     request.prompt_tokens + completion_tokens);
}

std::string PlainBody(const ChatRequest& request, std::string_view model) {
  const auto& shape = request.script.shape;
  const std::string message =
      request.tool.empty()
          ? fmt::format(R"("content":"{}")", AnswerText(0, shape.chunks * shape.chunk_bytes))
          : fmt::format(
                R"("content":null,"tool_calls":[{{"id":"call_mock","type":"function","function":{{"name":{},)"
                R"("arguments":"{{}}"}}}}])",
                Quoted(request.tool));
  return fmt::format(
      R"({{"id":"chatcmpl-mock","object":"chat.completion","created":1700000000,"model":{},"choices":)"
      R"([{{"index":0,"message":{{"role":"assistant",{}}},"logprobs":null,"finish_reason":"{}"}}],)"
      R"("usage":{}}})",
      Quoted(model), message, request.tool.empty() ? "stop" : "tool_calls", Usage(request));
}

// Server-sent events of one answer.
class Events {
 public:
  Events(std::string_view model, Framing framing)
      : start_(fmt::format(
            R"(data: {{"id":"chatcmpl-mock","object":"chat.completion.chunk","created":1700000000,)"
            R"("model":{},)",
            Quoted(model))),
        framing_(framing) {}

  // `reason` as JSON.
  [[nodiscard]] std::string Choice(std::string_view delta, std::string_view reason = "null") const {
    return Event(fmt::format(R"({}"choices":[{{"index":0,"delta":{},"finish_reason":{}}}]}})",
                             start_, delta, reason));
  }
  [[nodiscard]] std::string UsageOnly(std::string_view usage) const {
    return Event(fmt::format(R"({}"choices":[],"usage":{}}})", start_, usage));
  }
  [[nodiscard]] std::string Done() const {
    return Event("data: [DONE]") + (framing_ == Framing::kChunked ? "0\r\n\r\n" : "");
  }

 private:
  [[nodiscard]] std::string Event(std::string_view data) const {
    return Framed(fmt::format("{}\n\n", data), framing_);
  }

  std::string start_;
  Framing framing_;
};

std::vector<std::string> PlainPieces(const Script& script, std::string_view body) {
  const auto framing = script.framing.value_or(Framing::kLength);
  auto head = Head(script, "application/json", framing, body.size());
  const auto half = body.size() / 2;
  auto first = Framed(body.substr(0, half), framing);
  auto second =
      Framed(body.substr(half), framing) + (framing == Framing::kChunked ? "0\r\n\r\n" : "");
  if (script.broken || script.trickle_bytes != 0)
    return {std::move(head), std::move(first), std::move(second)};
  return {head + first + second};
}

std::vector<std::string> ToolCallDeltas(std::string_view tool) {
  return {fmt::format(
              R"({{"role":"assistant","content":null,"tool_calls":[{{"index":0,"id":"call_mock",)"
              R"("type":"function","function":{{"name":{},"arguments":""}}}}]}})",
              Quoted(tool)),
          R"({"tool_calls":[{"index":0,"function":{"arguments":"{"}}]})",
          R"({"tool_calls":[{"index":0,"function":{"arguments":"}"}}]})"};
}

}  // namespace

std::string AnswerText(std::size_t first, std::size_t bytes) {
  std::string text;
  text.reserve(bytes);
  while (text.size() < bytes) {
    text += kText.substr((first + text.size()) % kText.size(), bytes - text.size());
  }
  return text;
}

std::string ErrorBody(std::string_view message, std::string_view type) {
  return fmt::format(R"({{"error":{{"message":{},"type":{},"param":null,"code":null}}}})",
                     Quoted(message), Quoted(type));
}

Answer Answer::Json(unsigned status, std::string_view body) {
  Script script;
  script.status = status;
  Answer answer;
  answer.before_ = PlainPieces(script, body);
  return answer;
}

Answer Answer::ToChat(const ChatRequest& request, std::string_view model) {
  const auto& script = request.script;
  Answer answer;
  if (!script.raw.empty()) {
    answer.before_ = {script.raw};
    return answer;
  }
  if (script.status >= 400) {
    answer.before_ = PlainPieces(
        script, ErrorBody(fmt::format("simulated error {}", script.status), "mock_error"));
    return answer;
  }
  if (!request.stream) {
    answer.before_ = PlainPieces(script, PlainBody(request, model));
    return answer;
  }
  answer.PrepareStream(request, model);
  return answer;
}

void Answer::PrepareStream(const ChatRequest& request, std::string_view model) {
  const auto& script = request.script;
  const auto framing = script.framing.value_or(Framing::kChunked);
  const Events events(model, framing);
  before_ = {Head(script, "text/event-stream", framing, 0)};
  if (request.tool.empty()) {
    before_.push_back(events.Choice(R"({"role":"assistant","content":""})"));
    deltas_ = script.shape.chunks;
    delta_text_bytes_ = script.shape.chunk_bytes;
    constexpr std::string_view kContent = R"({"content":")";
    delta_ = events.Choice(fmt::format(R"({}{}"}})", kContent, AnswerText(0, delta_text_bytes_)));
    delta_text_at_ = delta_.find(kContent) + kContent.size();
  } else {
    for (auto& delta : ToolCallDeltas(request.tool)) before_.push_back(events.Choice(delta));
  }
  after_.push_back(events.Choice("{}", request.tool.empty() ? R"("stop")" : R"("tool_calls")"));
  if (request.include_usage) after_.push_back(events.UsageOnly(Usage(request)));
  after_.push_back(events.Done());
}

std::string_view Answer::Next() {
  auto index = next_++;
  if (index < before_.size()) return before_[index];
  index -= before_.size();
  if (index < deltas_) {
    const auto text = AnswerText(index * delta_text_bytes_, delta_text_bytes_);
    std::copy(text.begin(), text.end(),
              delta_.begin() + static_cast<std::ptrdiff_t>(delta_text_at_));
    return delta_;
  }
  index -= deltas_;
  return index < after_.size() ? std::string_view(after_[index]) : std::string_view{};
}

}  // namespace routellm::mock
