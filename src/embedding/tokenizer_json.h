// What the kinds of tokenizers in a `tokenizer.json` have in common.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "embedding/added_tokens.h"
#include "embedding/json_file.h"

namespace routellm::embedding {

// An id that is a whole number below 2^31.
[[nodiscard]] std::optional<TokenId> AsId(const nlohmann::json& json);

// The member `type` of an object; "none" where there is none.
[[nodiscard]] std::string TypeOf(const nlohmann::json& json);

// Member `key` of the file, which must be an object of type `type`. Error kInvalidData.
[[nodiscard]] Result<nlohmann::json> Part(const JsonFile& file, std::string_view key,
                                          std::string_view type);

// The list `added_tokens`. Error kInvalidData for what is unusable and for tokens of single words;
// also for those that are to be found in normalised text, unless `normalized` allows them.
[[nodiscard]] Result<std::vector<AddedToken>> ReadAddedTokens(const JsonFile& file,
                                                              bool normalized);

// What stands before and behind every text, by a TemplateProcessing, BertProcessing or
// RobertaProcessing. Error kInvalidData for another kind.
struct Surroundings {
  std::vector<TokenId> prefix;
  std::vector<TokenId> suffix;
};
[[nodiscard]] Result<Surroundings> ReadPostProcessor(const JsonFile& file);

}  // namespace routellm::embedding
