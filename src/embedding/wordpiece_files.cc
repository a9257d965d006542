#include <limits>
#include <optional>
#include <utility>

#include "data/text_file.h"
#include "embedding/json_file.h"
#include "embedding/wordpiece.h"

namespace routellm::embedding {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

constexpr auto kMaxId = std::numeric_limits<std::int32_t>::max();

std::optional<TokenId> AsId(const Json& json) {
  if (!json.is_number_unsigned() || json.get<std::uint64_t>() > kMaxId) return std::nullopt;
  return json.get<TokenId>();
}

std::string TypeOf(const Json& json) {
  return json.is_object() && json.contains("type") && json["type"].is_string()
             ? json["type"].get<std::string>()
             : "none";
}

// Member `key` of `parent`, which must be an object of type `type`.
Result<Json> Part(const JsonFile& file, std::string_view key, std::string_view type) {
  const Json part = file.root().is_object() ? file.root().value(key, Json()) : Json();
  if (TypeOf(part) == type) return part;
  return file.Invalid("has a " + std::string(key) + " of type " + TypeOf(part) + " where " +
                      std::string(type) + " is needed");
}

Result<void> ReadNormalizer(const JsonFile& file, BertNormalization& normalization) {
  const auto part = Part(file, "normalizer", "BertNormalizer");
  if (!part) return tl::unexpected(part.error());
  const auto flag = [&](const char* key, bool otherwise) {
    const Json value = part->value(key, Json());
    return value.is_boolean() ? value.get<bool>() : otherwise;
  };
  normalization.clean_text = flag("clean_text", true);
  normalization.separate_cjk = flag("handle_chinese_chars", true);
  normalization.lower_case = flag("lowercase", true);
  normalization.strip_accents = flag("strip_accents", normalization.lower_case);
  return {};
}

Result<void> ReadModel(const JsonFile& file, WordPieceSpec& spec) {
  const auto model = Part(file, "model", "WordPiece");
  if (!model) return tl::unexpected(model.error());
  const Json vocabulary = model->value("vocab", Json());
  if (!vocabulary.is_object()) return file.Invalid("has a model without a vocab");
  spec.vocabulary.reserve(vocabulary.size());
  for (const auto& [piece, number] : vocabulary.items()) {
    const auto id = AsId(number);
    if (!id) return file.Invalid("has no usable id for the piece " + data::Quoted(piece));
    spec.vocabulary.emplace(piece, *id);
  }
  const Json prefix = model->value("continuing_subword_prefix", Json("##"));
  const Json longest = model->value("max_input_chars_per_word", Json(100));
  const Json unknown = model->value("unk_token", Json("[UNK]"));
  if (!prefix.is_string() || !longest.is_number_unsigned() || !unknown.is_string()) {
    return file.Invalid("has a model with settings of a wrong type");
  }
  spec.continuing_prefix = prefix.get<std::string>();
  spec.max_word_characters = longest.get<std::size_t>();
  const auto id = spec.vocabulary.find(unknown.get_ref<const std::string&>());
  if (id == spec.vocabulary.end()) return file.Invalid("has an unk_token that is not in vocab");
  spec.unknown = id->second;
  return {};
}

Result<void> ReadAddedTokens(const JsonFile& file, WordPieceSpec& spec) {
  const Json tokens = file.root().value("added_tokens", Json::array());
  for (const Json& token : tokens) {
    const auto is_set = [&](const char* key) { return token.value(key, Json()) == Json(true); };
    const Json content = token.is_object() ? token.value("content", Json()) : Json();
    const auto id = token.is_object() ? AsId(token.value("id", Json())) : std::nullopt;
    if (!content.is_string() || content.get_ref<const std::string&>().empty() || !id) {
      return file.Invalid("has added_tokens without content or id");
    }
    if (is_set("normalized") || is_set("single_word")) {
      return file.Invalid("has the added token " + data::Quoted(content.get<std::string>()) +
                          " with 'normalized' or 'single_word', which are not supported");
    }
    spec.added.push_back({content.get<std::string>(), *id});
  }
  return {};
}

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

Result<void> ReadTemplate(const JsonFile& file, const Json& part, WordPieceSpec& spec) {
  const Json single = part.value("single", Json::array());
  bool text_seen = false;
  for (const Json& item : single) {
    if (!item.is_object()) return file.Invalid("has a post_processor with an unusable template");
    if (item.contains("Sequence")) {
      text_seen = true;
    } else if (item.contains("SpecialToken") && item["SpecialToken"].is_object()) {
      auto ok = AppendSpecial(file, part, item["SpecialToken"].value("id", Json()),
                              text_seen ? spec.suffix : spec.prefix);
      if (!ok) return ok;
    }
  }
  if (text_seen) return {};
  return file.Invalid("has a post_processor whose template has no place for the text");
}

Result<void> ReadPostProcessor(const JsonFile& file, WordPieceSpec& spec) {
  const Json part = file.root().value("post_processor", Json());
  const std::string type = TypeOf(part);
  if (type == "TemplateProcessing") return ReadTemplate(file, part, spec);
  if (type != "BertProcessing") {
    return file.Invalid("has a post_processor of type " + type +
                        " where TemplateProcessing or BertProcessing is needed");
  }
  for (const auto& [key, ids] : {std::pair("cls", &spec.prefix), std::pair("sep", &spec.suffix)}) {
    const Json pair = part.value(key, Json());
    const auto id = pair.is_array() && pair.size() == 2 ? AsId(pair[1]) : std::nullopt;
    if (!id) return file.Invalid(std::string("has a post_processor without a usable ") + key);
    ids->push_back(*id);
  }
  return {};
}

Result<WordPiece> LoadTokenizerJson(const fs::path& path) {
  const auto file = JsonFile::Load(path);
  if (!file) return tl::unexpected(file.error());
  WordPieceSpec spec;
  if (auto ok = ReadModel(*file, spec); !ok) return tl::unexpected(ok.error());
  if (auto ok = ReadNormalizer(*file, spec.normalization); !ok) return tl::unexpected(ok.error());
  const auto words = Part(*file, "pre_tokenizer", "BertPreTokenizer");
  if (!words) return tl::unexpected(words.error());
  if (auto ok = ReadAddedTokens(*file, spec); !ok) return tl::unexpected(ok.error());
  if (auto ok = ReadPostProcessor(*file, spec); !ok) return tl::unexpected(ok.error());
  return WordPiece(std::move(spec));
}

// Its lines are the pieces, in the order of their ids.
Result<TokenIds> ReadVocabulary(const fs::path& path) {
  const auto text = data::ReadTextFile(path);
  if (!text) return tl::unexpected(text.error());
  TokenIds vocabulary;
  TokenId id = 0;
  for (std::string_view rest = *text; !rest.empty(); ++id) {
    const std::size_t end = rest.find('\n');
    std::string_view piece = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (piece.ends_with('\r')) piece.remove_suffix(1);
    vocabulary.insert_or_assign(std::string(piece), id);
  }
  return vocabulary;
}

// The name of a special token: a string, or an object with its content.
std::string SpecialName(const JsonFile& settings, const char* key, const char* otherwise) {
  const Json value = settings.root().value(key, Json());
  if (value.is_string()) return value.get<std::string>();
  const Json content = value.is_object() ? value.value("content", Json()) : Json();
  return content.is_string() ? content.get<std::string>() : otherwise;
}

Result<void> ReadSettings(const JsonFile& settings, BertNormalization& normalization) {
  const auto lower_case = settings.Bool("do_lower_case", true);
  if (!lower_case) return tl::unexpected(lower_case.error());
  const auto strip_accents = settings.Bool("strip_accents", *lower_case);
  if (!strip_accents) return tl::unexpected(strip_accents.error());
  const auto separate_cjk = settings.Bool("tokenize_chinese_chars", true);
  if (!separate_cjk) return tl::unexpected(separate_cjk.error());
  normalization = {
      .separate_cjk = *separate_cjk, .strip_accents = *strip_accents, .lower_case = *lower_case};
  return {};
}

Result<WordPiece> LoadVocabulary(const fs::path& path, const fs::path& settings_path) {
  auto vocabulary = ReadVocabulary(path);
  if (!vocabulary) return tl::unexpected(vocabulary.error());
  const auto settings = JsonFile::LoadIfPresent(settings_path);
  if (!settings) return tl::unexpected(settings.error());
  if (!settings->root().is_object()) return settings->Invalid("is no JSON object");
  WordPieceSpec spec;
  if (auto ok = ReadSettings(*settings, spec.normalization); !ok) return tl::unexpected(ok.error());
  for (const auto& [key, name] : {std::pair("unk_token", "[UNK]"), std::pair("cls_token", "[CLS]"),
                                  std::pair("sep_token", "[SEP]"), std::pair("pad_token", "[PAD]"),
                                  std::pair("mask_token", "[MASK]")}) {
    const std::string content = SpecialName(*settings, key, name);
    const auto found = vocabulary->find(content);
    const std::string_view which = key;
    if (found == vocabulary->end()) {
      if (which == "pad_token" || which == "mask_token") continue;
      return Fail(ErrorCode::kInvalidData,
                  path.string() + ": has no piece " + data::Quoted(content) + ", the " + key);
    }
    spec.added.push_back({content, found->second});
    if (which == "unk_token") spec.unknown = found->second;
    if (which == "cls_token") spec.prefix.push_back(found->second);
    if (which == "sep_token") spec.suffix.push_back(found->second);
  }
  spec.vocabulary = *std::move(vocabulary);
  return WordPiece(std::move(spec));
}

}  // namespace

Result<WordPiece> LoadWordPiece(const fs::path& folder) {
  std::error_code error;
  if (fs::exists(folder / "tokenizer.json", error)) {
    return LoadTokenizerJson(folder / "tokenizer.json");
  }
  return LoadVocabulary(folder / "vocab.txt", folder / "tokenizer_config.json");
}

}  // namespace routellm::embedding
