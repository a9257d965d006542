#include "mock/chat_request.h"

#include <simdjson.h>

#include <utility>

namespace routellm::mock {
namespace {

namespace json = simdjson::ondemand;

struct Fields {
  bool has_messages = false;
  std::string_view script;
  std::string_view first_tool;
  std::string_view chosen_tool;
};

std::string_view ToolName(simdjson::simdjson_result<json::value> tool) {
  std::string_view name;
  return tool["function"]["name"].get(name) ? std::string_view{} : name;
}

void ReadString(json::value value, Fields& fields) {
  std::string_view text;
  if (!value.get_string().get(text) && text.starts_with(kScriptPrefix)) fields.script = text;
}

void ReadTools(json::value value, Fields& fields) {
  json::array tools;
  if (value.get_array().get(tools)) return;
  for (auto tool : tools) {
    if (fields.first_tool.empty()) fields.first_tool = ToolName(tool);
  }
}

// `enabled` is left alone where `choice` does not say "none".
void ReadToolChoice(json::value&& value, Fields& fields, bool& enabled) {
  std::string_view text;
  if (!value.get_string().get(text)) {
    enabled = text != "none";
  } else {
    fields.chosen_tool = ToolName(std::move(value));
  }
}

tl::unexpected<Error> NotAChatRequest() {
  return Fail(ErrorCode::kInvalidRequest, "the body must be a JSON object with `messages`");
}

}  // namespace

Result<ChatRequest> ReadChatRequest(std::string_view body, const AnswerShape& shape) {
  thread_local json::parser parser;
  thread_local simdjson::padded_string padded;
  padded = simdjson::padded_string(body);
  json::document document;
  json::object object;
  if (parser.iterate(padded).get(document) || document.get_object().get(object))
    return NotAChatRequest();

  ChatRequest request;
  Fields fields;
  bool tools_enabled = true;
  for (auto item : object) {
    std::string_view key;
    json::value value;
    if (item.unescaped_key().get(key) || item.value().get(value)) return NotAChatRequest();
    if (key == "messages") {
      fields.has_messages = true;
    } else if (key == "model" || key == "user") {
      ReadString(value, fields);
    } else if (key == "stream") {
      bool stream = false;
      request.stream = !value.get_bool().get(stream) && stream;
    } else if (key == "stream_options") {
      bool include = false;
      request.include_usage = !value["include_usage"].get(include) && include;
    } else if (key == "tools") {
      ReadTools(value, fields);
    } else if (key == "tool_choice") {
      ReadToolChoice(std::move(value), fields, tools_enabled);
    }
  }
  if (!fields.has_messages) return NotAChatRequest();

  auto script = ParseScript(fields.script, shape);
  if (!script) return tl::unexpected(script.error());
  request.script = std::move(*script);
  if (tools_enabled && !fields.first_tool.empty()) {
    request.tool = fields.chosen_tool.empty() ? fields.first_tool : fields.chosen_tool;
  }
  request.prompt_tokens = (body.size() + 3) / 4;
  return request;
}

}  // namespace routellm::mock
