#include "openai/request_view.h"

#include <simdjson.h>

#include <utility>
#include <vector>

#include "openai/json_text.h"

namespace routellm::openai {
namespace {

namespace ondemand = simdjson::ondemand;

static_assert(RequestParser::kPadding >= simdjson::SIMDJSON_PADDING);

constexpr int kMaxDepth = 256;
constexpr std::string_view kAfterValue = ",]}";

std::string_view TrimRight(std::string_view text) {
  const std::size_t last = text.find_last_not_of(" \t\r\n");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

bool IsString(std::string_view token) { return token.size() >= 2 && token[0] == '"'; }

Error WrongType(std::string_view what, std::string_view expected) {
  return {ErrorCode::kInvalidRequest,
          "invalid type for '" + std::string(what) + "': expected " + std::string(expected),
          {}};
}

// Decoded in place if it has no escapes, else into `storage`.
std::string_view Decode(std::string_view token, std::string& storage) {
  const std::string_view text = token.substr(1, token.size() - 2);
  if (text.find('\\') == std::string_view::npos) return text;
  storage.clear();
  AppendJsonString(token, token.size(), storage);
  return storage;
}

}  // namespace

class RequestParser::Impl {
 public:
  Impl(std::size_t max_prompt_bytes, std::string_view subject)
      : max_prompt_bytes_(max_prompt_bytes), subject_(subject) {}

  Result<RequestView> Parse(std::string_view body);

 private:
  struct Failure {
    simdjson::error_code json = simdjson::SUCCESS;
    std::optional<Error> other;
  };

  // Each reads one value and returns false, with failure_ set, where it is not as it must be.
  bool ReadRoot(ondemand::document& document);
  bool ReadField(std::string_view key, ondemand::value value);
  bool ReadMessages(ondemand::value value);
  bool ReadMessage(ondemand::object message);
  bool ReadContent(ondemand::value value);
  bool ReadPart(ondemand::object part);
  bool Skip(ondemand::value value, int depth);
  bool ReadScalar(ondemand::value& value, std::string_view& token);

  template <typename Visit>
  bool ForEachField(ondemand::object object, Visit visit);

  bool Check(simdjson::error_code error) {
    failure_.json = error;
    return error == simdjson::SUCCESS;
  }
  bool Refuse(Error error) {
    failure_.other = std::move(error);
    return false;
  }
  [[nodiscard]] Error ToError() const;
  [[nodiscard]] Error Wrong(std::string_view how) const {
    return {ErrorCode::kInvalidRequest, std::string(subject_).append(" is ").append(how), {}};
  }
  void FinishPrompt();

  const std::size_t max_prompt_bytes_;
  const std::string_view subject_;
  ondemand::parser parser_;
  std::string_view body_;
  RequestView view_;
  Failure failure_;
  std::vector<std::string_view> parts_;       // string tokens of the message being read
  std::vector<std::string_view> user_parts_;  // of the last user message
  std::string_view prompt_field_;             // string token; empty if there is none
  bool messages_given_ = false;
  std::string model_;
  std::string word_;
  std::string prompt_;
};

Result<RequestView> RequestParser::Impl::Parse(std::string_view body) {
  body_ = body;
  view_ = {};
  failure_ = {};
  user_parts_.clear();
  prompt_field_ = {};
  messages_given_ = false;
  ondemand::document document;
  const simdjson::padded_string_view padded(body.data(), body.size(), body.size() + kPadding);
  if (!Check(parser_.iterate(padded).get(document)) || !ReadRoot(document)) {
    return tl::unexpected(ToError());
  }
  FinishPrompt();
  return view_;
}

Error RequestParser::Impl::ToError() const {
  if (failure_.other) return *failure_.other;
  return Wrong(failure_.json == simdjson::UTF8_ERROR ? "not valid UTF-8"
                                                     : "not a valid JSON object");
}

bool RequestParser::Impl::ReadRoot(ondemand::document& document) {
  ondemand::object root;
  if (!Check(document.get_object().get(root))) return false;
  if (!ForEachField(root, [this](std::string_view key, ondemand::value value) {
        return ReadField(key, value);
      })) {
    return false;
  }
  // Nothing but space may follow.
  const auto rest = document.current_location().error();
  return rest == simdjson::OUT_OF_BOUNDS || Check(simdjson::TAPE_ERROR);
}

template <typename Visit>
bool RequestParser::Impl::ForEachField(ondemand::object object, Visit visit) {
  for (auto item : object) {
    ondemand::field field;
    if (!Check(std::move(item).get(field))) return false;
    std::string_view key;
    if (!Check(field.unescaped_key().get(key))) return false;
    if (!visit(key, field.value())) return false;
  }
  return true;
}

bool RequestParser::Impl::ReadScalar(ondemand::value& value, std::string_view& token) {
  const std::string_view token_and_space = value.raw_json_token();
  token = TrimRight(token_and_space);
  // The parser itself would pass over anything up to the next comma of this level.
  const auto next = static_cast<std::size_t>(token_and_space.end() - body_.data());
  const bool ends = next < body_.size() && kAfterValue.find(body_[next]) != std::string_view::npos;
  return (ends && IsJsonScalar(token)) || Check(simdjson::TAPE_ERROR);
}

bool RequestParser::Impl::ReadField(std::string_view key, ondemand::value value) {
  std::string_view token;
  if (key == "model") {
    if (view_.model_end != 0) {
      return Refuse({ErrorCode::kInvalidRequest, "'model' is given twice", {}});
    }
    ondemand::json_type type;
    if (!Check(value.type().get(type))) return false;
    if (type != ondemand::json_type::string) return Refuse(WrongType("model", "a string"));
    if (!ReadScalar(value, token)) return false;
    view_.model_begin = static_cast<std::size_t>(token.data() - body_.data());
    view_.model_end = view_.model_begin + token.size();
    view_.model = Decode(token, model_);
    return true;
  }
  if (key == "messages") return ReadMessages(value);
  if (key == "stream" || key == "id" || key == "prompt" || key == "explain") {
    ondemand::json_type type;
    if (!Check(value.type().get(type))) return false;
    if (type == ondemand::json_type::array || type == ondemand::json_type::object) {
      return key == "stream" ? Refuse(WrongType(key, "a boolean")) : Skip(value, 1);
    }
    if (!ReadScalar(value, token)) return false;
    if (key == "stream") {
      view_.stream = token == "true";
      if (!view_.stream && token != "false" && token != "null") {
        return Refuse(WrongType("stream", "a boolean"));
      }
    } else if (key == "id") {
      view_.id = token;
    } else if (key == "explain") {
      view_.explain = token == "true";
    } else if (IsString(token)) {
      prompt_field_ = token;
      view_.has_prompt = true;
    }
    return true;
  }
  return Skip(value, 1);
}

bool RequestParser::Impl::ReadMessages(ondemand::value value) {
  if (std::exchange(messages_given_, true)) {
    return Refuse({ErrorCode::kInvalidRequest, "'messages' is given twice", {}});
  }
  ondemand::json_type type;
  if (!Check(value.type().get(type))) return false;
  if (type != ondemand::json_type::array)
    return Refuse(WrongType("messages", "an array of objects"));
  ondemand::array messages;
  if (!Check(value.get_array().get(messages))) return false;
  for (auto item : messages) {
    ondemand::value element;
    if (!Check(std::move(item).get(element))) return false;
    view_.has_messages = true;
    if (!Check(element.type().get(type))) return false;
    if (type != ondemand::json_type::object) {
      return Refuse(WrongType("messages", "an array of objects"));
    }
    ondemand::object message;
    if (!Check(element.get_object().get(message)) || !ReadMessage(message)) return false;
  }
  return true;
}

bool RequestParser::Impl::ReadMessage(ondemand::object message) {
  parts_.clear();
  bool is_user = false;
  const bool read = ForEachField(message, [&](std::string_view key, ondemand::value value) {
    if (key == "content") return ReadContent(value);
    if (key != "role") return Skip(value, 3);
    ondemand::json_type type;
    if (!Check(value.type().get(type))) return false;
    if (type != ondemand::json_type::string) return Refuse(WrongType("role", "a string"));
    std::string_view token;
    if (!ReadScalar(value, token)) return false;
    is_user = Decode(token, word_) == "user";
    return true;
  });
  if (read && is_user) std::swap(parts_, user_parts_);
  return read;
}

bool RequestParser::Impl::ReadContent(ondemand::value value) {
  ondemand::json_type type;
  if (!Check(value.type().get(type))) return false;
  if (type != ondemand::json_type::array) {
    if (type == ondemand::json_type::object) return Skip(value, 3);
    std::string_view token;
    if (!ReadScalar(value, token)) return false;
    if (IsString(token)) parts_.push_back(token);
    return true;
  }
  ondemand::array content;
  if (!Check(value.get_array().get(content))) return false;
  for (auto item : content) {
    ondemand::value part;
    if (!Check(std::move(item).get(part)) || !Check(part.type().get(type))) return false;
    if (type == ondemand::json_type::object) {
      ondemand::object object;
      if (!Check(part.get_object().get(object)) || !ReadPart(object)) return false;
    } else if (!Skip(part, 4)) {
      return false;
    }
  }
  return true;
}

bool RequestParser::Impl::ReadPart(ondemand::object part) {
  bool is_text = false;
  std::string_view text;
  const bool read = ForEachField(part, [&](std::string_view key, ondemand::value value) {
    ondemand::json_type type;
    if (!Check(value.type().get(type))) return false;
    if (type != ondemand::json_type::string || (key != "type" && key != "text"))
      return Skip(value, 5);
    std::string_view token;
    if (!ReadScalar(value, token)) return false;
    if (key == "text") {
      text = token;
    } else {
      const std::string_view type_name = Decode(token, word_);
      is_text = type_name == "text" || type_name == "input_text";
    }
    return true;
  });
  if (read && is_text && !text.empty()) parts_.push_back(text);
  return read;
}

bool RequestParser::Impl::Skip(ondemand::value value, int depth) {
  if (depth > kMaxDepth) {
    return Refuse(Wrong("nested too deeply"));
  }
  ondemand::json_type type;
  if (!Check(value.type().get(type))) return false;
  if (type == ondemand::json_type::object) {
    ondemand::object object;
    if (!Check(value.get_object().get(object))) return false;
    return ForEachField(
        object, [&](std::string_view, ondemand::value inner) { return Skip(inner, depth + 1); });
  }
  if (type == ondemand::json_type::array) {
    ondemand::array array;
    if (!Check(value.get_array().get(array))) return false;
    for (auto item : array) {
      ondemand::value inner;
      if (!Check(std::move(item).get(inner)) || !Skip(inner, depth + 1)) return false;
    }
    return true;
  }
  std::string_view token;
  return ReadScalar(value, token);
}

void RequestParser::Impl::FinishPrompt() {
  constexpr std::size_t kKeptCapacity = 1 << 20;
  if (prompt_.capacity() > kKeptCapacity) prompt_ = {};
  prompt_.clear();
  if (!view_.has_messages && !prompt_field_.empty()) user_parts_.assign(1, prompt_field_);
  for (const std::string_view part : user_parts_) {
    if (!prompt_.empty()) {
      if (prompt_.size() >= max_prompt_bytes_) break;
      prompt_ += '\n';
    }
    if (!AppendJsonString(part, max_prompt_bytes_, prompt_)) break;
  }
  if (!prompt_.empty()) view_.prompt = prompt_;
}

RequestParser::RequestParser(std::size_t max_prompt_bytes, std::string_view subject)
    : impl_(std::make_unique<Impl>(max_prompt_bytes, subject)) {}
RequestParser::~RequestParser() = default;
RequestParser::RequestParser(RequestParser&&) noexcept = default;
RequestParser& RequestParser::operator=(RequestParser&&) noexcept = default;

Result<RequestView> RequestParser::Parse(std::string_view body) { return impl_->Parse(body); }

Result<void> RequireRoutable(const RequestView& request) {
  if (!request.model.empty() && request.prompt) return {};
  if (!request.model.empty() && !request.has_messages) {
    return Fail(ErrorCode::kInvalidRequest,
                "you must provide 'prompt', a text, or 'messages', with at least one message");
  }
  return RequireChat(request);
}

Result<void> RequireChat(const RequestView& request) {
  if (request.model.empty()) {
    return Fail(ErrorCode::kInvalidRequest, "you must provide a 'model'");
  }
  if (!request.has_messages) {
    return Fail(ErrorCode::kInvalidRequest,
                "you must provide 'messages', with at least one message");
  }
  return {};
}

}  // namespace routellm::openai
