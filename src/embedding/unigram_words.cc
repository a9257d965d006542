#include "embedding/unigram_words.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "embedding/tokenizer_json.h"
#include "embedding/white_space.h"
#include "text/utf8.h"

namespace routellm::embedding {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kBlank = "\u2581";

std::optional<std::string> FromBase64(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string bytes;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = bits << 6U | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 0xFFU);
  }
  return bytes;
}

std::string Replaced(std::string_view text, std::string_view old_text, std::string_view new_text) {
  std::string out;
  out.reserve(text.size());
  for (;;) {
    const std::size_t at = text.find(old_text);
    out += text.substr(0, at);
    if (at == std::string_view::npos) return out;
    out += new_text;
    text.remove_prefix(at + old_text.size());
  }
}

std::string WithoutRuns(std::string_view text, std::string_view new_text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t blanks = std::min(text.find_first_not_of(' '), text.size());
    out += blanks >= 2 ? new_text : text.substr(0, blanks);
    text.remove_prefix(blanks);
    const std::size_t others = std::min(text.find(' '), text.size());
    out += text.substr(0, others);
    text.remove_prefix(others);
  }
  return out;
}

struct ApplyStep {
  std::string_view text;
  std::string operator()(const CharactersMap& map) const { return map.Apply(text); }
  std::string operator()(const ReplaceText& step) const {
    return Replaced(text, step.old_text, step.new_text);
  }
  std::string operator()(const ReplaceBlanks& step) const {
    return WithoutRuns(text, step.new_text);
  }
  std::string operator()(const StripText& step) const {
    std::string_view rest = text;
    if (step.left) rest = StripLeft(rest);
    if (step.right) rest = StripRight(rest);
    return std::string(rest);
  }
};

std::string StringAt(const Json& json, const char* key) {
  const Json value = json.is_object() ? json.value(key, Json()) : Json();
  return value.is_string() ? value.get<std::string>() : std::string();
}

bool BoolAt(const Json& json, const char* key) { return json.value(key, Json()) == Json(true); }

std::optional<NormalizerStep> ReadReplace(const Json& step) {
  const Json pattern = step.value("pattern", Json());
  const std::string content = StringAt(step, "content");
  const std::string regex = StringAt(pattern, "Regex");
  if (regex == " {2,}" || regex == " +") {  // one blank for one blank changes nothing
    if (regex == " +" && content != " ") return std::nullopt;
    return ReplaceBlanks{content};
  }
  const std::string text = StringAt(pattern, "String");
  if (text.empty()) return std::nullopt;
  return ReplaceText{text, content};
}

std::optional<PrefixScheme> ReadPrefix(const Json& metaspace) {
  const std::string scheme = StringAt(metaspace, "prepend_scheme");
  if (scheme == "always") return PrefixScheme::kAlways;
  if (scheme == "first") return PrefixScheme::kFirst;
  if (scheme == "never") return PrefixScheme::kNever;
  if (!scheme.empty()) return std::nullopt;
  return metaspace.value("add_prefix_space", Json(true)) == Json(true) ? PrefixScheme::kAlways
                                                                       : PrefixScheme::kNever;
}

}  // namespace

Result<UnigramWords> UnigramWords::Read(const JsonFile& file) {
  if (!file.root().is_object()) return file.Invalid("is no JSON object");
  UnigramWords words;
  const Json normalizer = file.root().value("normalizer", Json());
  if (!normalizer.is_null()) {
    if (auto ok = words.ReadStep(file, normalizer); !ok) return tl::unexpected(ok.error());
  }
  if (auto ok = words.ReadPreTokenizer(file); !ok) return tl::unexpected(ok.error());
  return words;
}

Result<void> UnigramWords::ReadStep(const JsonFile& file, const Json& step) {
  const std::string type = TypeOf(step);
  if (type == "Sequence") {
    const Json list = step.value("normalizers", Json::array());
    for (const Json& item : list) {
      if (auto ok = ReadStep(file, item); !ok) return ok;
    }
    return {};
  }
  if (type == "Precompiled") {
    const auto table = FromBase64(StringAt(step, "precompiled_charsmap"));
    if (table && table->empty()) return {};
    auto map = table ? CharactersMap::Parse(*table) : std::nullopt;
    if (!map) return file.Invalid("has a normalizer with an unusable precompiled_charsmap");
    steps_.emplace_back(*std::move(map));
    return {};
  }
  if (type == "Replace") {
    auto replace = ReadReplace(step);
    if (!replace) return file.Invalid("has a normalizer that replaces by an unknown pattern");
    steps_.push_back(*std::move(replace));
    return {};
  }
  if (type == "Strip") {
    steps_.emplace_back(StripText{BoolAt(step, "strip_left"), BoolAt(step, "strip_right")});
    return {};
  }
  return file.Invalid("has a normalizer of type " + type +
                      " where Precompiled, Replace, Strip or a Sequence of them is needed");
}

Result<void> UnigramWords::ReadPreTokenizer(const JsonFile& file) {
  Json part = file.root().value("pre_tokenizer", Json());
  if (TypeOf(part) == "Sequence") {
    const Json list = part.value("pretokenizers", Json::array());
    if (list.size() == 2 && TypeOf(list[0]) == "WhitespaceSplit") {
      split_at_white_space_ = true;
      part = list[1];
    }
  }
  const auto prefix = TypeOf(part) == "Metaspace" ? ReadPrefix(part) : std::nullopt;
  if (!prefix || part.value("replacement", Json(kBlank)) != Json(kBlank)) {
    return file.Invalid("has a pre_tokenizer of type " + TypeOf(part) +
                        " where Metaspace with U+2581 is needed, alone or behind WhitespaceSplit");
  }
  prefix_ = *prefix;
  split_at_blanks_ = part.value("split", Json(true)) == Json(true);
  return {};
}

void UnigramWords::Split(std::string_view section, bool first,
                         const std::function<bool(std::string_view)>& word) const {
  std::string text(section);
  for (const NormalizerStep& step : steps_) text = std::visit(ApplyStep{text}, step);
  if (!split_at_white_space_) {
    SplitWord(std::move(text), first, word);
    return;
  }
  std::string_view rest = text;
  for (bool at_start = true; !(rest = StripLeft(rest)).empty(); at_start = false) {
    std::size_t end = 0;
    while (end < rest.size()) {
      const auto [c, bytes] = text::DecodeUtf8(rest.substr(end));
      if (IsWhiteSpace(c)) break;
      end += bytes;
    }
    const bool is_first = first && at_start && rest.data() == text.data();
    if (!SplitWord(std::string(rest.substr(0, end)), is_first, word)) return;
    rest.remove_prefix(end);
  }
}

bool UnigramWords::SplitWord(std::string word, bool first,
                             const std::function<bool(std::string_view)>& out) const {
  word = Replaced(word, " ", kBlank);
  if (word.empty()) return true;
  const bool wanted =
      prefix_ == PrefixScheme::kAlways || (prefix_ == PrefixScheme::kFirst && first);
  if (wanted && !word.starts_with(kBlank)) word.insert(0, kBlank);
  if (!split_at_blanks_) return out(word);
  for (std::string_view rest = word; !rest.empty();) {
    const std::size_t end = std::min(rest.find(kBlank, 1), rest.size());
    if (!out(rest.substr(0, end))) return false;
    rest.remove_prefix(end);
  }
  return true;
}

}  // namespace routellm::embedding
