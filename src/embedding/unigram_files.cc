#include <utility>

#include "data/text_file.h"
#include "embedding/tokenizer_json.h"
#include "embedding/unigram.h"

namespace routellm::embedding {
namespace {

using Json = nlohmann::json;

Result<std::vector<Piece>> ReadPieces(const JsonFile& file, const Json& vocabulary) {
  std::vector<Piece> pieces;
  pieces.reserve(vocabulary.size());
  for (const Json& entry : vocabulary) {
    const bool usable =
        entry.is_array() && entry.size() == 2 && entry[0].is_string() && entry[1].is_number();
    if (!usable) {
      return file.Invalid("has no text and score in entry " + std::to_string(pieces.size()) +
                          " of vocab");
    }
    pieces.push_back({entry[0].get<std::string>(), entry[1].get<float>()});
  }
  return pieces;
}

// Special tokens are found as added tokens or not at all.
void MarkSpecial(const std::vector<AddedToken>& added, std::vector<Piece>& pieces) {
  for (const AddedToken& token : added) {
    if (token.id < pieces.size()) pieces[token.id].usable = false;
  }
}

}  // namespace

Result<Unigram> ReadUnigram(const JsonFile& file) {
  const Json& model = file.root().at("model");
  const auto found = model.find("vocab");
  if (found == model.end() || !found->is_array()) {
    return file.Invalid("has a model without a vocab");
  }
  if (model.value("byte_fallback", Json(false)) == Json(true)) {
    return file.Invalid("has a model with byte_fallback, which is not supported");
  }
  auto pieces = ReadPieces(file, *found);
  if (!pieces) return tl::unexpected(pieces.error());
  const auto unknown = AsId(model.value("unk_id", Json()));
  if (!unknown || *unknown >= pieces->size()) {
    return file.Invalid("has a model without a usable unk_id");
  }
  auto words = UnigramWords::Read(file);
  if (!words) return tl::unexpected(words.error());
  auto added = ReadAddedTokens(file, true);
  if (!added) return tl::unexpected(added.error());
  auto around = ReadPostProcessor(file);
  if (!around) return tl::unexpected(around.error());
  MarkSpecial(*added, *pieces);
  auto made = UnigramModel::Make(*std::move(pieces), *unknown, ScoreSums::kDouble);
  if (!made) return file.Invalid("has an unusable vocab: " + made.error().public_message);
  return Unigram(*std::move(made), *unknown,
                 {.added = *std::move(added),
                  .prefix = std::move(around->prefix),
                  .suffix = std::move(around->suffix),
                  .first_piece = 0,
                  .unknown = *unknown,
                  .words = *std::move(words)});
}

Result<Unigram> LoadSentencePiece(const std::filesystem::path& file) {
  auto loaded = LoadSentencePieceFile(file);
  if (!loaded) return tl::unexpected(loaded.error());
  if (loaded->unknown != 0) {
    return Fail(ErrorCode::kInvalidData,
                file.string() + ": its piece 0 is not <unk>, as XLM-RoBERTa has it");
  }
  const auto mask = static_cast<TokenId>(loaded->model.size()) + 1;
  return Unigram(
      std::move(loaded->model), loaded->unknown,
      {.added = {{"<s>", 0}, {"<pad>", 1}, {"</s>", 2}, {"<unk>", 3}, {"<mask>", mask, true}},
       .prefix = {0},
       .suffix = {2},
       .first_piece = 1,
       .unknown = 3,
       .words = std::move(loaded->normalizer)});
}

}  // namespace routellm::embedding
