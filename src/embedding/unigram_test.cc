#include "embedding/unigram.h"

#include <gmock/gmock.h>

#include <fstream>
#include <limits>

#include <nlohmann/json.hpp>

#include "data/test_files.h"

namespace routellm::embedding {
namespace {
namespace fs = std::filesystem;

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::json;

const fs::path kReference = ROUTELLM_REFERENCE "/xlm_roberta";  // see make_xlm_roberta.py
constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

std::size_t ExpectReferenceIds(const Tokenizer& tokenizer, const char* key) {
  std::ifstream in(kReference / "texts.jsonl");
  std::size_t texts = 0;
  for (std::string line; std::getline(in, line); ++texts) {
    const Json expected = Json::parse(line);
    EXPECT_EQ(tokenizer.Encode(expected["text"].get<std::string>(), kNoLimit),
              expected[key].get<std::vector<TokenId>>())
        << line;
  }
  return texts;
}

Json ReadTokenizerJson() {
  std::ifstream in(kReference / "tokenizer.json");
  return Json::parse(in);
}

class UnigramTest : public testing::Test {
 protected:
  std::string RefusalOf(const Json& tokenizer) const {
    folder_.Write("tokenizer.json", tokenizer.dump());
    const auto loaded = LoadTokenizer(folder_.path());
    return loaded ? "accepted" : loaded.error().ToString();
  }

  data::TestFolder folder_;
};

TEST_F(UnigramTest, AModelOfSentencePieceGivesTheReferencesIds) {
  const auto tokenizer = LoadTokenizer(kReference / "model");
  ASSERT_TRUE(tokenizer) << tokenizer.error().ToString();
  EXPECT_GE(ExpectReferenceIds(**tokenizer, "ids"), 500U);
  EXPECT_EQ((*tokenizer)->special_tokens(), 2U);
}

TEST_F(UnigramTest, ATokenizerFileGivesTheReferencesIds) {
  fs::copy_file(kReference / "tokenizer.json", folder_.path() / "tokenizer.json");
  const auto tokenizer = LoadTokenizer(folder_.path());
  ASSERT_TRUE(tokenizer) << tokenizer.error().ToString();
  EXPECT_GE(ExpectReferenceIds(**tokenizer, "json_ids"), 500U);
  EXPECT_EQ((*tokenizer)->id_limit(), (*LoadTokenizer(kReference / "model"))->id_limit());
}

TEST_F(UnigramTest, ATokenizerFileOfTheNewerForm) {
  Json changed = ReadTokenizerJson();
  changed["normalizer"] = {
      {"type", "Sequence"},
      {"normalizers",
       {changed["normalizer"],
        {{"type", "Strip"}, {"strip_left", false}, {"strip_right", true}},
        {{"type", "Replace"}, {"pattern", {{"Regex", " {2,}"}}}, {"content", "\u2581"}}}}};
  changed["pre_tokenizer"] = {
      {"type", "Metaspace"}, {"replacement", "\u2581"}, {"prepend_scheme", "always"}};
  folder_.Write("tokenizer.json", changed.dump());
  const auto tokenizer = LoadTokenizer(folder_.path());
  ASSERT_TRUE(tokenizer) << tokenizer.error().ToString();
  ExpectReferenceIds(**tokenizer, "metaspace_ids");
}

TEST_F(UnigramTest, CutsTheTextNotTheSpecialTokens) {
  const auto tokenizer = LoadTokenizer(kReference / "model");
  ASSERT_TRUE(tokenizer) << tokenizer.error().ToString();
  const auto whole = (*tokenizer)->Encode("Write a function", kNoLimit);
  ASSERT_GT(whole.size(), 4U);
  EXPECT_THAT((*tokenizer)->Encode("Write a function", 4), ElementsAre(0, whole[1], whole[2], 2));
  EXPECT_THAT((*tokenizer)->Encode("Write", 2), ElementsAre(0, 2));
  EXPECT_EQ((*tokenizer)->Encode("a\xFFz", kNoLimit), (*tokenizer)->Encode("a\uFFFDz", kNoLimit));
}

TEST_F(UnigramTest, RefusesOtherTokenizers) {
  const Json good = ReadTokenizerJson();
  EXPECT_EQ(RefusalOf(good), "accepted");
  const auto with = [&](const char* pointer, const Json& value) {
    Json changed = good;
    changed[Json::json_pointer(pointer)] = value;
    return RefusalOf(changed);
  };
  EXPECT_THAT(with("/model/unk_id", nullptr), HasSubstr("without a usable unk_id"));
  EXPECT_THAT(with("/model/unk_id", 100000), HasSubstr("without a usable unk_id"));
  EXPECT_THAT(with("/model/byte_fallback", true), HasSubstr("byte_fallback"));
  EXPECT_THAT(with("/model/vocab/7", "piece"), HasSubstr("no text and score in entry 7 of vocab"));
  EXPECT_THAT(with("/model/vocab/8/0", good["model"]["vocab"][9][0]), HasSubstr("occurs twice"));
  EXPECT_THAT(with("/model/vocab/8/1", 1e300), HasSubstr("score of piece 8 is not a finite"));
  EXPECT_THAT(with("/normalizer/type", "NFKC"), HasSubstr("normalizer of type NFKC"));
  EXPECT_THAT(with("/normalizer/precompiled_charsmap", "AAAA"), HasSubstr("precompiled_charsmap"));
  EXPECT_THAT(with("/normalizer/precompiled_charsmap", "!"), HasSubstr("precompiled_charsmap"));
  EXPECT_THAT(with("/pre_tokenizer", {{"type", "ByteLevel"}}),
              HasSubstr("pre_tokenizer of type ByteLevel"));
  EXPECT_THAT(with("/post_processor/type", "Sequence"), HasSubstr("post_processor of type"));
}

TEST_F(UnigramTest, RefusesBrokenModels) {
  folder_.Write("sentencepiece.bpe.model", "no model");
  EXPECT_THAT(LoadTokenizer(folder_.path()).error().ToString(),
              HasSubstr("sentencepiece.bpe.model: is cut off or no model of SentencePiece"));
  const fs::path copy = folder_.path() / "sentencepiece.bpe.model";
  fs::copy_file(kReference / "model/sentencepiece.bpe.model", copy,
                fs::copy_options::overwrite_existing);
  fs::resize_file(copy, 2000);
  EXPECT_THAT(LoadTokenizer(folder_.path()).error().ToString(),
              HasSubstr("sentencepiece.bpe.model: "));
}

}  // namespace
}  // namespace routellm::embedding
