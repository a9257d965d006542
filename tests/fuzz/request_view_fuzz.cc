// Any bytes as a chat completion request: what is accepted is JSON, and the place of `model` is
// right.
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "openai/request_view.h"
#include "text/utf8.h"

namespace {

using nlohmann::json;
using routellm::openai::RequestParser;
using routellm::openai::RequestView;

constexpr std::size_t kMaxPromptBytes = 64;

void Require(bool condition) {
  if (!condition) std::abort();
}

// The body as another parser reads it. Nothing where that is stricter than JSON's grammar: half a
// surrogate pair, a number beyond double.
std::optional<json> Reference(std::string_view body) {
  if (body.find("\\ud") != body.npos || body.find("\\uD") != body.npos) return std::nullopt;
  try {
    return json::parse(body);
  } catch (const json::out_of_range&) {
    return std::nullopt;
  }
}

void CheckView(std::string_view body, const RequestView& view) {
  if (view.prompt) {
    Require(!view.prompt->empty() && view.prompt->size() <= kMaxPromptBytes);
    Require(routellm::text::IsValidUtf8(*view.prompt));
  }
  const auto reference = Reference(body);
  if (!reference) return;
  const json& parsed = *reference;
  Require(parsed.is_object());
  Require(view.model_begin <= view.model_end && view.model_end <= body.size());
  if (view.model_begin != view.model_end) {
    const json model =
        json::parse(body.substr(view.model_begin, view.model_end - view.model_begin));
    Require(model.is_string() && model.get<std::string>() == view.model);
    Require(parsed.contains("model") && parsed["model"] == model);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static RequestParser parser(kMaxPromptBytes);
  std::string padded(reinterpret_cast<const char*>(data), size);
  padded.append(RequestParser::kPadding, '}');
  const auto body = std::string_view(padded).substr(0, size);
  if (const auto view = parser.Parse(body)) CheckView(body, *view);
  return 0;
}
