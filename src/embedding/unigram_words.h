// What the Python package `tokenizers` does to a text before its Unigram model sees it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "embedding/characters_map.h"
#include "embedding/json_file.h"

namespace routellm::embedding {

// The steps of a `normalizer`.
struct ReplaceText {
  std::string old_text;  // not empty
  std::string new_text;
};
struct ReplaceBlanks {  // runs of two blanks or more
  std::string new_text;
};
struct StripText {
  bool left;
  bool right;
};
using NormalizerStep = std::variant<CharactersMap, ReplaceText, ReplaceBlanks, StripText>;

enum class PrefixScheme : std::uint8_t { kAlways, kFirst, kNever };

// Immutable and thread-safe.
class UnigramWords {
 public:
  // From the `normalizer` (none, Precompiled, Replace, Strip or a Sequence of them) and the
  // `pre_tokenizer` (Metaspace, alone or behind WhitespaceSplit) of a `tokenizer.json`. Error
  // kInvalidData for others.
  [[nodiscard]] static Result<UnigramWords> Read(const JsonFile& file);

  // Calls `word` for each word of `section`, with U+2581 for its blank, until it returns false.
  // `first`: nothing comes before the section. It must be valid UTF-8.
  void Split(std::string_view section, bool first,
             const std::function<bool(std::string_view)>& word) const;

 private:
  UnigramWords() = default;
  Result<void> ReadStep(const JsonFile& file, const nlohmann::json& step);
  Result<void> ReadPreTokenizer(const JsonFile& file);
  bool SplitWord(std::string word, bool first,
                 const std::function<bool(std::string_view)>& out) const;

  std::vector<NormalizerStep> steps_;
  bool split_at_white_space_ = false;
  bool split_at_blanks_ = true;
  PrefixScheme prefix_ = PrefixScheme::kAlways;
};

}  // namespace routellm::embedding
