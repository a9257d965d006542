#include "embedding/wordpiece.h"

#include <gmock/gmock.h>

#include <fstream>
#include <limits>

#include <nlohmann/json.hpp>

#include "data/test_files.h"

namespace routellm::embedding {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::json;

const std::filesystem::path kReference = ROUTELLM_REFERENCE "/bert";  // see make_bert.py
constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

Json ReadJson(const std::filesystem::path& path) {
  std::ifstream in(path);
  return Json::parse(in);
}

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

class WordPieceTest : public testing::Test {
 protected:
  std::string RefusalOf(const Json& tokenizer) const {
    folder_.Write("tokenizer.json", tokenizer.dump());
    const auto loaded = LoadTokenizer(folder_.path());
    return loaded ? "accepted" : loaded.error().ToString();
  }

  // The pieces of the reference's vocabulary, one a line.
  static std::string Vocabulary() {
    const Json vocabulary = ReadJson(kReference / "model/tokenizer.json")["model"]["vocab"];
    std::vector<std::string> pieces(vocabulary.size());
    for (const auto& [piece, id] : vocabulary.items()) pieces[id.get<std::size_t>()] = piece;
    std::string lines;
    for (const std::string& piece : pieces) lines += piece + "\n";
    return lines;
  }

  data::TestFolder folder_;
};

TEST_F(WordPieceTest, GivesTheReferencesIds) {
  const auto tokenizer = LoadTokenizer(kReference / "model");
  ASSERT_TRUE(tokenizer) << tokenizer.error().ToString();
  EXPECT_GE(ExpectReferenceIds(**tokenizer, "ids"), 500U);
  EXPECT_EQ((*tokenizer)->id_limit(), 700U);
}

TEST_F(WordPieceTest, AVocabularyFileAndItsSettingsGiveTheSame) {
  folder_.Write("vocab.txt", Vocabulary());
  ExpectReferenceIds(**LoadTokenizer(folder_.path()), "ids");
  folder_.Write("tokenizer_config.json",
                R"({"do_lower_case": false, "strip_accents": null, "cls_token": "[CLS]",
                    "sep_token": {"content": "[SEP]", "lstrip": false}})");
  ExpectReferenceIds(**LoadTokenizer(folder_.path()), "cased_ids");
}

TEST_F(WordPieceTest, CutsTheTextNotTheSpecialTokens) {
  const WordPiece tokenizer({.normalization = {},
                             .vocabulary = {{"a", 3}, {"##b", 4}, {"?", 5}},
                             .continuing_prefix = "##",
                             .max_word_characters = 100,
                             .unknown = 9,
                             .added = {{"<x>", 6}, {"<x>y", 7}},
                             .prefix = {1},
                             .suffix = {2}});
  EXPECT_THAT(tokenizer.Encode("A?ab c<X>", 100), ElementsAre(1, 3, 5, 3, 4, 9, 9, 9, 9, 2));
  EXPECT_THAT(tokenizer.Encode("abb a", 4), ElementsAre(1, 3, 4, 2));
  EXPECT_THAT(tokenizer.Encode("a<x><x>ya", 100), ElementsAre(1, 3, 6, 7, 3, 2));
  EXPECT_THAT(tokenizer.Encode("a<x>a", 4), ElementsAre(1, 3, 6, 2));
  EXPECT_THAT(tokenizer.Encode("a", 2), ElementsAre(1, 2));
  EXPECT_THAT(tokenizer.Encode("", 2), ElementsAre(1, 2));
  EXPECT_THAT(tokenizer.Encode("\xFF\xC3 a\xE2", 100), ElementsAre(1, 3, 2));
  EXPECT_EQ(tokenizer.id_limit(), 10U);
}

TEST_F(WordPieceTest, RefusesOtherTokenizers) {
  const Json good = ReadJson(kReference / "model/tokenizer.json");
  EXPECT_EQ(RefusalOf(good), "accepted");
  const auto with = [&](const char* pointer, const Json& value) {
    Json changed = good;
    changed[Json::json_pointer(pointer)] = value;
    return RefusalOf(changed);
  };
  EXPECT_THAT(with("/model/type", "BPE"), HasSubstr("tokenizer.json: has a model of type BPE"));
  EXPECT_THAT(with("/normalizer", nullptr), HasSubstr("has a normalizer of type none"));
  EXPECT_THAT(with("/pre_tokenizer/type", "Metaspace"),
              HasSubstr("pre_tokenizer of type Metaspace"));
  EXPECT_THAT(with("/post_processor/type", "Sequence"),
              HasSubstr("post_processor of type Sequence"));
  EXPECT_THAT(with("/post_processor/single", Json::array()), HasSubstr("no place for the text"));
  EXPECT_THAT(with("/post_processor/special_tokens", Json::object()), HasSubstr("does not define"));
  EXPECT_THAT(with("/model/unk_token", "<unk>"), HasSubstr("unk_token that is not in vocab"));
  EXPECT_THAT(with("/model/vocab/a", -1), HasSubstr("no usable id for the piece 'a'"));
  EXPECT_THAT(with("/added_tokens/0/normalized", true), HasSubstr("'normalized'"));
  EXPECT_THAT(RefusalOf(Json::array()), HasSubstr("tokenizer.json: has a model of type none"));
}

TEST_F(WordPieceTest, RefusesBrokenFiles) {
  folder_.Write("vocab.txt", "[UNK]\n[CLS]\n");
  EXPECT_THAT(LoadTokenizer(folder_.path()).error().ToString(),
              HasSubstr("vocab.txt: has no piece '[SEP]', the sep_token"));
  folder_.Write("tokenizer.json", R"({"model": )");
  EXPECT_THAT(LoadTokenizer(folder_.path()).error().ToString(), HasSubstr("no JSON from byte"));
  EXPECT_EQ(LoadTokenizer(folder_.path() / "missing").error().code, ErrorCode::kIo);
}

}  // namespace
}  // namespace routellm::embedding
