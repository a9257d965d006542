#include "embedding/tokenizer.h"

#include <utility>

#include "embedding/json_file.h"
#include "embedding/tokenizer_json.h"
#include "embedding/unigram.h"
#include "embedding/wordpiece.h"

namespace routellm::embedding {
namespace fs = std::filesystem;
namespace {

using MadeTokenizer = Result<std::unique_ptr<const Tokenizer>>;

template <typename Kind>
MadeTokenizer Share(Result<Kind> made) {
  if (!made) return tl::unexpected(std::move(made.error()));
  return std::make_unique<const Kind>(*std::move(made));
}

}  // namespace

MadeTokenizer LoadTokenizer(const fs::path& folder) {
  std::error_code error;
  if (fs::exists(folder / "tokenizer.json", error)) {
    const auto file = JsonFile::Load(folder / "tokenizer.json");
    if (!file) return tl::unexpected(file.error());
    const bool unigram = file->root().is_object() && file->root().contains("model") &&
                         TypeOf(file->root()["model"]) == "Unigram";
    return unigram ? Share(ReadUnigram(*file)) : Share(ReadWordPiece(*file));
  }
  if (fs::exists(folder / "sentencepiece.bpe.model", error)) {
    return Share(LoadSentencePiece(folder / "sentencepiece.bpe.model"));
  }
  return Share(LoadWordPiece(folder));
}

}  // namespace routellm::embedding
