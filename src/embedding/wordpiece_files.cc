#include <utility>

#include "data/text_file.h"
#include "embedding/json_file.h"
#include "embedding/tokenizer_json.h"
#include "embedding/wordpiece.h"

namespace routellm::embedding {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

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

Result<WordPiece> ReadWordPiece(const JsonFile& file) {
  WordPieceSpec spec;
  if (auto ok = ReadModel(file, spec); !ok) return tl::unexpected(ok.error());
  if (auto ok = ReadNormalizer(file, spec.normalization); !ok) return tl::unexpected(ok.error());
  const auto words = Part(file, "pre_tokenizer", "BertPreTokenizer");
  if (!words) return tl::unexpected(words.error());
  auto added = ReadAddedTokens(file, false);
  if (!added) return tl::unexpected(added.error());
  auto around = ReadPostProcessor(file);
  if (!around) return tl::unexpected(around.error());
  spec.added = *std::move(added);
  spec.prefix = std::move(around->prefix);
  spec.suffix = std::move(around->suffix);
  return WordPiece(std::move(spec));
}

Result<WordPiece> LoadWordPiece(const fs::path& folder) {
  return LoadVocabulary(folder / "vocab.txt", folder / "tokenizer_config.json");
}

}  // namespace routellm::embedding
