// Model files of SentencePiece (Kudo and Richardson, "SentencePiece", 2018).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "embedding/characters_map.h"
#include "embedding/unigram_model.h"

namespace routellm::embedding {

// What SentencePiece does to a text before its model sees it. Immutable and thread-safe.
struct SentencePieceNormalizer {
  std::optional<CharactersMap> map;
  bool add_prefix = true;           // a blank before the text
  bool remove_extra_blanks = true;  // at both ends, and all but one of a run

  // Blanks become U+2581. `text` must be valid UTF-8.
  [[nodiscard]] std::string Apply(std::string_view text) const;
};

struct SentencePieceFile {
  SentencePieceNormalizer normalizer;
  UnigramModel model;
  TokenId unknown;
};

// Errors: kIo; kInvalidData, with the file's name, if it is broken, of another type than Unigram,
// or has pieces of the user's or of bytes.
[[nodiscard]] Result<SentencePieceFile> LoadSentencePieceFile(const std::filesystem::path& file);

}  // namespace routellm::embedding
