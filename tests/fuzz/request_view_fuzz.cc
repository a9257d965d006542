// Any bytes as a request body: RequestParser accepts what nlohmann::json accepts, finds the value
// of `model` where it stands, and takes the same text for the prompt.
//
// The two differ, on purpose, in these points only:
// - RequestParser bounds the depth, refuses known fields of the wrong type, and refuses a second
//   `model` or `messages`;
// - half a surrogate pair is U+FFFD in a value and refused in a key; nlohmann refuses both;
// - nlohmann refuses numbers beyond a double, skips a byte order mark, takes NUL for the end, and
//   keeps the last of repeated fields, so that what they mean is not compared.
#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "openai/json_text.h"
#include "openai/request_view.h"
#include "text/utf8.h"

namespace {

using nlohmann::json;
using routellm::openai::RequestParser;
using routellm::openai::RequestView;

constexpr int kMaxDepth = 256;
constexpr std::size_t kCut = 24;
constexpr std::size_t kNoCut = std::size_t{1} << 24;

void Require(bool condition) {
  if (!condition) std::abort();
}

struct Reference {
  enum class Verdict { kValid, kInvalid, kUnknown };
  Verdict verdict = Verdict::kInvalid;
  json value;
  int depth = 0;  // containers around the innermost value
  bool repeats_known_field = false;
  bool repeats_field = false;
};

int CodeUnit(std::string_view escape) {
  const std::string hex(escape.substr(0, 6));
  if (hex.size() < 6 || hex[0] != '\\' || hex[1] != 'u' ||
      !std::all_of(hex.begin() + 2, hex.end(), [](unsigned char c) { return std::isxdigit(c); })) {
    return -1;
  }
  return static_cast<int>(std::strtol(hex.c_str() + 2, nullptr, 16));
}

// `text` with \uFFFD for each escaped half of a surrogate pair.
std::string ReplaceHalfPairs(std::string_view text) {
  std::string out(text);
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] != '\\') continue;
    const std::string_view rest = std::string_view(out).substr(i);
    const int unit = CodeUnit(rest);
    if (unit < 0xD800 || unit > 0xDFFF) {
      ++i;
      continue;
    }
    const int next = rest.size() > 6 ? CodeUnit(rest.substr(6)) : -1;
    if (unit < 0xDC00 && next >= 0xDC00 && next <= 0xDFFF) {
      i += 11;
    } else {
      out.replace(i, 6, "\\uFFFD");
      i += 5;
    }
  }
  return out;
}

Reference ReadReference(const std::string& body) {
  Reference reference;
  if (body.find('\0') != std::string::npos) return reference;
  std::vector<std::set<std::string>> keys;  // of the objects that are open, by depth
  const auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
    reference.depth = std::max(reference.depth, depth);
    const auto level = static_cast<std::size_t>(depth);
    if (event == json::parse_event_t::object_start) {
      keys.resize(std::max(keys.size(), level + 1));
      keys[level].clear();
    } else if (event == json::parse_event_t::key) {
      const auto key = parsed.get<std::string>();
      if (!keys[level - 1].insert(key).second) {
        reference.repeats_field = true;
        if (level == 1 && (key == "model" || key == "messages")) {
          reference.repeats_known_field = true;
        }
      }
    }
    return true;
  };
  try {
    reference.value = json::parse(body, watch);
    reference.verdict = Reference::Verdict::kValid;
  } catch (const json::parse_error&) {
  } catch (const json::out_of_range&) {
    reference.verdict = Reference::Verdict::kUnknown;
  }
  return reference;
}

bool HasRightTypes(const json& body) {
  if (!body.is_object()) return false;
  if (body.contains("model") && !body["model"].is_string()) return false;
  if (body.contains("stream") && !body["stream"].is_boolean() && !body["stream"].is_null()) {
    return false;
  }
  if (!body.contains("messages")) return true;
  const json& messages = body["messages"];
  return messages.is_array() &&
         std::all_of(messages.begin(), messages.end(), [](const json& message) {
           return message.is_object() && (!message.contains("role") || message["role"].is_string());
         });
}

std::vector<std::string> TextParts(const json& content) {
  std::vector<std::string> parts;
  if (content.is_string()) return {content.get<std::string>()};
  if (!content.is_array()) return {};
  for (const json& part : content) {
    if (!part.is_object() || !part.contains("text") || !part["text"].is_string()) continue;
    const json type = part.value("type", json());
    if (type == "text" || type == "input_text") parts.push_back(part["text"]);
  }
  return parts;
}

// The text to score: see RequestView::prompt.
std::string Prompt(const json& body) {
  std::vector<std::string> parts;
  const json messages = body.value("messages", json::array());
  if (messages.empty()) {
    if (body.contains("prompt") && body["prompt"].is_string()) parts = {body["prompt"]};
  }
  for (const json& message : messages) {
    if (message.value("role", "") == "user") parts = TextParts(message.value("content", json()));
  }
  std::string prompt;
  for (const std::string& part : parts) prompt += (prompt.empty() ? "" : "\n") + part;
  return prompt;
}

void CheckFields(const RequestView& view, const json& body) {
  Require(view.model == body.value("model", ""));
  Require(view.stream == (body.contains("stream") && body["stream"] == true));
  Require(view.has_messages == (body.contains("messages") && !body["messages"].empty()));
  const bool scalar_id = body.contains("id") && body["id"].is_primitive();
  Require(view.id.empty() != scalar_id);
  if (scalar_id) Require(json::parse(ReplaceHalfPairs(view.id)) == body["id"]);
  Require(view.prompt.value_or("") == Prompt(body));
  Require(view.prompt != "");
}

void CheckOtherModel(const RequestView& view, std::string_view body, json value) {
  if (view.model_begin == view.model_end) {
    Require(!value.contains("model"));
    return;
  }
  const std::string other = "another \"model\"\n";
  const std::string forwarded = std::string(body.substr(0, view.model_begin)) +
                                routellm::openai::ToJsonString(other) +
                                std::string(body.substr(view.model_end));
  value["model"] = other;
  Require(json::parse(ReplaceHalfPairs(forwarded)) == value);
}

// A lower limit gives the beginning of the same text, cut between characters.
void CheckCut(std::string_view whole, std::string_view cut) {
  Require(routellm::text::IsValidUtf8(whole));
  Require(cut == routellm::text::TruncateUtf8(whole, kCut));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static RequestParser parser(kNoCut);
  static RequestParser cutting_parser(kCut);
  const std::string body(reinterpret_cast<const char*>(data), size);
  if (body.starts_with("\xEF\xBB\xBF")) return 0;
  // What lies behind the body must not matter.
  std::vector<char> storage(data, data + size);
  storage.resize(size + RequestParser::kPadding, size > 0 ? body[size / 2] : '}');
  const std::string_view padded(storage.data(), size);

  const auto view = parser.Parse(padded);
  const std::string replaced = ReplaceHalfPairs(body);
  const Reference reference = ReadReference(replaced);
  if (reference.verdict == Reference::Verdict::kUnknown) return 0;
  if (reference.verdict == Reference::Verdict::kInvalid || reference.depth > kMaxDepth ||
      reference.repeats_known_field) {
    Require(!view);
    return 0;
  }
  if (!reference.repeats_field) {
    const bool right = HasRightTypes(reference.value);
    const bool half_pair_in_key = right && !view && replaced != body;
    Require(view.has_value() == right || half_pair_in_key);
  }
  if (!view) return 0;
  CheckOtherModel(*view, padded, reference.value);
  if (!reference.repeats_field) CheckFields(*view, reference.value);
  const auto cut = cutting_parser.Parse(padded);
  Require(cut.has_value());
  CheckCut(view->prompt.value_or(""), cut->prompt.value_or(""));
  return 0;
}
