#include "embedding/tokenizer_json.h"

#include <limits>
#include <utility>

#include "data/text_file.h"

namespace routellm::embedding {
namespace {

using Json = nlohmann::json;

constexpr auto kMaxId = std::numeric_limits<std::int32_t>::max();

// The ids of special token `name` in a TemplateProcessing.
Result<void> AppendSpecial(const JsonFile& file, const Json& part, const Json& name,
                           std::vector<TokenId>& ids) {
  const Json& all = part.value("special_tokens", Json::object());
  const Json entry = name.is_string() && all.is_object()
                         ? all.value(name.get_ref<const std::string&>(), Json())
                         : Json();
  const Json listed = entry.is_object() ? entry.value("ids", Json::array()) : Json::array();
  for (const Json& number : listed) {
    const auto id = AsId(number);
    if (!id) return file.Invalid("has a post_processor with unusable ids");
    ids.push_back(*id);
  }
  if (!listed.empty()) return {};
  return file.Invalid("has a post_processor with a special token that it does not define");
}

Result<void> ReadTemplate(const JsonFile& file, const Json& part, Surroundings& found) {
  const Json single = part.value("single", Json::array());
  bool text_seen = false;
  for (const Json& item : single) {
    if (!item.is_object()) return file.Invalid("has a post_processor with an unusable template");
    if (item.contains("Sequence")) {
      text_seen = true;
    } else if (item.contains("SpecialToken") && item["SpecialToken"].is_object()) {
      auto ok = AppendSpecial(file, part, item["SpecialToken"].value("id", Json()),
                              text_seen ? found.suffix : found.prefix);
      if (!ok) return ok;
    }
  }
  if (text_seen) return {};
  return file.Invalid("has a post_processor whose template has no place for the text");
}

}  // namespace

std::optional<TokenId> AsId(const Json& json) {
  if (!json.is_number_unsigned() || json.get<std::uint64_t>() > kMaxId) return std::nullopt;
  return json.get<TokenId>();
}

std::string TypeOf(const Json& json) {
  return json.is_object() && json.contains("type") && json["type"].is_string()
             ? json["type"].get<std::string>()
             : "none";
}

Result<Json> Part(const JsonFile& file, std::string_view key, std::string_view type) {
  const Json part = file.root().is_object() ? file.root().value(key, Json()) : Json();
  if (TypeOf(part) == type) return part;
  return file.Invalid("has a " + std::string(key) + " of type " + TypeOf(part) + " where " +
                      std::string(type) + " is needed");
}

Result<std::vector<AddedToken>> ReadAddedTokens(const JsonFile& file, bool normalized) {
  std::vector<AddedToken> added;
  const Json tokens = file.root().value("added_tokens", Json::array());
  for (const Json& token : tokens) {
    const auto is_set = [&](const char* key) { return token.value(key, Json()) == Json(true); };
    const Json content = token.is_object() ? token.value("content", Json()) : Json();
    const auto id = token.is_object() ? AsId(token.value("id", Json())) : std::nullopt;
    if (!content.is_string() || content.get_ref<const std::string&>().empty() || !id) {
      return file.Invalid("has added_tokens without content or id");
    }
    if ((is_set("normalized") && !normalized) || is_set("single_word")) {
      return file.Invalid("has the added token " + data::Quoted(content.get<std::string>()) +
                          " with 'normalized' or 'single_word', which are not supported");
    }
    added.push_back({content.get<std::string>(), *id, is_set("lstrip"), is_set("rstrip")});
  }
  return added;
}

Result<Surroundings> ReadPostProcessor(const JsonFile& file) {
  const Json part = file.root().value("post_processor", Json());
  const std::string type = TypeOf(part);
  Surroundings found;
  if (type == "TemplateProcessing") {
    if (auto ok = ReadTemplate(file, part, found); !ok) return tl::unexpected(ok.error());
    return found;
  }
  if (type != "BertProcessing" && type != "RobertaProcessing") {
    return file.Invalid("has a post_processor of type " + type +
                        " where TemplateProcessing, BertProcessing or RobertaProcessing is needed");
  }
  for (const auto& [key, ids] :
       {std::pair("cls", &found.prefix), std::pair("sep", &found.suffix)}) {
    const Json pair = part.value(key, Json());
    const auto id = pair.is_array() && pair.size() == 2 ? AsId(pair[1]) : std::nullopt;
    if (!id) return file.Invalid(std::string("has a post_processor without a usable ") + key);
    ids->push_back(*id);
  }
  return found;
}

}  // namespace routellm::embedding
